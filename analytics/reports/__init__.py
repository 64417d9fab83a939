"""Reports: a question about the records of any noun, answered by one aggregate of the database."""
