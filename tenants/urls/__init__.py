"""Addresses that belong to no noun: the public site, closed doors, and the way from sign-up into a tenant."""
