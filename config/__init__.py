"""What binds the parts together. Nothing is imported here: the launcher runs from this package before anything is installed."""
