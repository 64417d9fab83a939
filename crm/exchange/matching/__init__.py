"""Which column is which field, and which row is which record."""
