"""How customers, and what is known of them, are listed, edited, found and moved."""

from crm.customers.resources import contacts, customers, lists, needs, pools, tags

__all__ = ["contacts", "customers", "lists", "needs", "pools", "tags"]
