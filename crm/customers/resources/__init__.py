"""How customers, and what is known of them, are listed, edited, found and moved."""

from crm.customers.resources import around, customers, lists, pools, tags

__all__ = ["around", "customers", "lists", "pools", "tags"]
