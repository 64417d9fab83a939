"""The pages of figures about selling."""

from crm.sales.figures import products, recurring, results

__all__ = ["products", "recurring", "results"]
