"""What the house rules are made of: the lists, and the reading of our own files."""
