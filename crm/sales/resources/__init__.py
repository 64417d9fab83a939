"""How the nouns of selling are listed, edited, found and moved."""

from crm.sales.resources import deals, leads, orders, pipelines, quotes, targets

__all__ = ["deals", "leads", "orders", "pipelines", "quotes", "targets"]
