"""How the nouns of selling are listed, edited, found and moved."""

from crm.sales.resources import (
    approvals,
    assignment,
    deals,
    holdings,
    leads,
    orders,
    payments,
    pipelines,
    pricing,
    quotes,
    targets,
)

__all__ = [
    "approvals",
    "assignment",
    "deals",
    "holdings",
    "leads",
    "orders",
    "payments",
    "pipelines",
    "pricing",
    "quotes",
    "targets",
]
