"""What stands behind `./kith`; the first half runs before anything is installed."""
