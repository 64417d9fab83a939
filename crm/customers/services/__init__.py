"""The rules about customers."""
