"""From facts to the numbers that models learn from: logarithms and a few ratios, each filed under a topic.

A topic is what people are told: several columns that speak of the same thing (how long ago, how often) give one reason
together, so that correlated columns cannot contradict each other in front of a reader.
"""

from __future__ import annotations

import numpy as np

from analytics.features import Floats, Snapshot

TOPIC_OF = {
    "recency_days": "recency_days", "tenure_days": "tenure_days", "order_days": "orders", "gap_average": "gap_average",
    "gap_spread": "gap_average", "gap_longest": "gap_average", "orders": "orders", "spend": "spend",
    "largest_order": "spend", "latest_order": "spend", "orders_30": "orders_90", "orders_90": "orders_90",
    "orders_180": "orders_90", "spend_30": "spend_90", "spend_90": "spend_90", "spend_180": "spend_90",
    "lines": "products", "products": "products", "units": "products", "products_90": "products",
    "returns": "returns", "returned": "returns",
    "silence_ratio": "recency_days", "silence_share": "recency_days", "silence_root": "recency_days",
    "order_rate": "orders", "is_single": "orders", "active_span": "tenure_days",
}  # fmt: skip
COLUMNS = tuple(TOPIC_OF)
TOPICS = tuple(dict.fromkeys(TOPIC_OF.values()))
RECENCY = COLUMNS.index("recency_days")


def design(known: Snapshot) -> Floats:
    """The learning matrix of a snapshot, shape (n, len(COLUMNS)); dimensionless, no missing values."""
    recency, tenure = known.column("recency_days"), known.column("tenure_days")
    days = known.column("order_days")
    usual = np.where(days > 1, known.column("gap_average"), tenure + 30.0)
    derived = (
        np.log1p(recency / np.maximum(usual, 1.0)),
        recency / (tenure + 1.0),
        np.sqrt(recency),
        np.log1p(days / (tenure + 30.0)),
        (days == 1).astype(np.float64),
        np.log1p(np.maximum(tenure - recency, 0.0)),
    )
    logs = np.log1p(np.maximum(known.values, 0.0))
    matrix: Floats = np.column_stack([logs, *derived])
    return matrix
