"""Files out: a list as it is seen, or all that a tenant has."""
