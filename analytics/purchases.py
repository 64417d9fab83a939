"""Who bought what, when last and how often: one SQL aggregate, the ground that recommendations stand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from scipy import sparse

from analytics.features import Floats, window, woven

LEAST_LINES = 5  # a product sold on fewer lines is too rare to learn from
MOST_ITEMS = 5000  # beyond that the square matrix no longer fits a small machine
POPULARITY_HALF_LIFE = 30.0
PROFILE_HALF_LIFE = 60.0
OWN_HALF_LIFE = 180.0

LINES = """
    SELECT o.customer_id, l.product_id, o.day, count(*) AS lines FROM (/*counting*/) AS o
    JOIN sales_orderline l ON l.order_id = o.id
    JOIN sales_product p ON p.id = l.product_id AND p.deleted_at IS NULL
    WHERE l.kind = 'product' AND l.quantity > 0 AND l.unit_price > 0 /*later*/
    GROUP BY o.customer_id, l.product_id, o.day
"""
LATER = "AND o.day > %(day)s::date"
ITEMS = """
    SELECT product_id,
        sum(lines * power(0.5::float8, (%(day)s::date - day) / %(popular)s::float8)::numeric)::float8 AS popularity,
        coalesce(sum(lines) FILTER (WHERE day > %(day)s::date - 30), 0)::int AS lately
    FROM (/*lines*/) AS lines GROUP BY product_id HAVING sum(lines) >= %(least)s
    ORDER BY sum(lines) DESC, product_id LIMIT %(most)s
"""
PAIRS = """
    SELECT customer_id, product_id, %(day)s::date - max(day), count(*)::int,
        sum(power(0.5::float8, (%(day)s::date - day) / %(own)s::float8)::numeric)::float8
    FROM (/*lines*/) AS lines GROUP BY customer_id, product_id ORDER BY customer_id, product_id
"""
NEXT_DAY = """
    SELECT DISTINCT customer_id, product_id FROM (
        SELECT customer_id, product_id, day, min(day) OVER (PARTITION BY customer_id) AS first_day
        FROM (/*lines*/) AS lines
    ) AS later WHERE day = first_day
"""


def of_lines(statement: str, later: str = "") -> str:
    """A statement with the lines of counting orders put in."""
    return woven(statement.replace("/*lines*/", LINES.replace("/*later*/", later)))


@dataclass(frozen=True)
class Purchases:
    """Purchases up to a day, as sparse matrices of shape (n_customers, n_items).

    Attributes
    ----------
    has : 0/1, float32
    profile : float32, 0.5 ** (days since last / 60) * log(1 + days bought)
    own : float64, each day of purchase with a half-life of 180 days
    times, ago : int32 and float64, days bought and days since the last
    popularity : ndarray of shape (n_items,), lines with a half-life of 30 days
    lately : list of length n_items, lines in the last 30 days
    """

    on: date
    customers: list[UUID]
    items: list[UUID]
    has: sparse.csr_matrix
    profile: sparse.csr_matrix
    own: sparse.csr_matrix
    times: sparse.csr_matrix
    ago: sparse.csr_matrix
    popularity: Floats
    lately: list[int]


def purchases(on: date, *, is_sample: bool) -> Purchases:
    """Everything bought up to and including `on`, of products with at least 5 lines."""
    values = {
        **window(on, is_sample=is_sample),
        "popular": POPULARITY_HALF_LIFE, "own": OWN_HALF_LIFE, "least": LEAST_LINES, "most": MOST_ITEMS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(of_lines(ITEMS), values)
        item_rows = sorted(cursor.fetchall())
        cursor.execute(of_lines(PAIRS), values)
        pair_rows = cursor.fetchall()
    items = [row[0] for row in item_rows]
    place = {pk: index for index, pk in enumerate(items)}
    customers = list(dict.fromkeys(row[0] for row in pair_rows))
    seat = {pk: index for index, pk in enumerate(customers)}
    kept = [(seat[row[0]], place[row[1]], *row[2:]) for row in pair_rows if row[1] in place]
    table = np.array(kept, dtype=np.float64).reshape(len(kept), 5)
    where = (table[:, 0].astype(np.int64), table[:, 1].astype(np.int64))
    ago, times, own = table[:, 2], table[:, 3], table[:, 4]
    shape = (len(customers), len(items))

    def matrix(data: Floats, kind: type[np.generic]) -> sparse.csr_matrix:
        return sparse.csr_matrix((data.astype(kind), where), shape=shape)

    recency_weighted = 0.5 ** (ago / PROFILE_HALF_LIFE) * np.log1p(times)
    return Purchases(
        on=on,
        customers=customers,
        items=items,
        has=matrix(np.ones_like(ago), np.float32),
        profile=matrix(recency_weighted, np.float32),
        own=matrix(own, np.float64),
        times=matrix(times, np.int32),
        ago=matrix(ago, np.float64),
        popularity=np.array([row[1] for row in item_rows], dtype=np.float64),
        lately=[row[2] for row in item_rows],
    )


def next_baskets(known: Purchases, until: date, *, is_sample: bool) -> dict[int, NDArray[np.int64]]:
    """Items of each known customer's first order day after `known.on`, by row number; unknown items are left out."""
    with connection.cursor() as cursor:
        cursor.execute(of_lines(NEXT_DAY, LATER), window(known.on, is_sample=is_sample, until=until))
        rows = cursor.fetchall()
    seat = {pk: index for index, pk in enumerate(known.customers)}
    place = {pk: index for index, pk in enumerate(known.items)}
    baskets: dict[int, list[int]] = {}
    for customer, product in rows:
        if customer in seat and product in place:
            baskets.setdefault(seat[customer], []).append(place[product])
    return {row: np.array(sorted(columns), dtype=np.int64) for row, columns in baskets.items()}
