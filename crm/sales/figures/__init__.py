"""The pages of figures about selling."""

from crm.sales.figures import recurring, results

__all__ = ["recurring", "results"]
