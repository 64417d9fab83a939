"""All that a company has in one file, and such a file into an empty company."""
