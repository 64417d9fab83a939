"""How customers, and what is known of them, are listed, edited, found and moved."""

from crm.customers.resources import customers, pools

__all__ = ["customers", "pools"]
