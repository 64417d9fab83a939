"""What binds the parts together; nothing is imported here, for the launcher runs before anything is installed."""
