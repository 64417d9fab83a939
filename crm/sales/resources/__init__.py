"""How the nouns of selling are listed, edited, found and moved."""

from crm.sales.resources import (
    assignment,
    deals,
    holdings,
    leads,
    orders,
    payments,
    pipelines,
    quotes,
    targets,
)

__all__ = [
    "assignment",
    "deals",
    "holdings",
    "leads",
    "orders",
    "payments",
    "pipelines",
    "quotes",
    "targets",
]
