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
ROWS_AT_ONCE = 500

LINES = """
    SELECT o.customer_id, l.product_id, o.day, count(*) AS lines FROM (/*counting*/) AS o
    JOIN sales_orderline l ON l.order_id = o.id
    JOIN sales_product p ON p.id = l.product_id AND p.deleted_at IS NULL
    WHERE l.kind = 'product' AND l.quantity > 0 AND l.unit_price > 0 /*later*/
    GROUP BY o.customer_id, l.product_id, o.day
"""
LATER = "AND o.day > %(day)s::date"
# One answer for both: a row for each customer with arrays of what they bought, and one row (no customer) of the items.
BOUGHT = """
    WITH lines AS MATERIALIZED (/*lines*/), items AS (
        SELECT product_id, row_number() OVER (ORDER BY product_id) - 1 AS place,
            popularity, lately
        FROM (
            SELECT product_id,
                sum(lines * power(0.5::float8, (%(day)s::date - day) / %(popular)s::float8)::numeric) AS popularity,
                coalesce(sum(lines) FILTER (WHERE day > %(day)s::date - 30), 0) AS lately
            FROM lines GROUP BY product_id HAVING sum(lines) >= %(least)s
            ORDER BY sum(lines) DESC, product_id LIMIT %(most)s
        ) AS chosen
    ), pairs AS (
        SELECT customer_id, place, %(day)s::date - max(day) AS ago, count(*) AS times,
            sum(power(0.5::float8, (%(day)s::date - day) / %(own)s::float8)::numeric) AS own
        FROM lines JOIN items USING (product_id) GROUP BY customer_id, place
    )
    SELECT customer_id, array_agg(place::int ORDER BY place), array_agg(ago::float8 ORDER BY place),
        array_agg(times::float8 ORDER BY place), array_agg(own::float8 ORDER BY place), NULL::uuid[]
    FROM pairs GROUP BY customer_id
    UNION ALL
    SELECT NULL, array_agg(place::int ORDER BY place), array_agg(popularity::float8 ORDER BY place),
        array_agg(lately::float8 ORDER BY place), NULL, array_agg(product_id ORDER BY place)
    FROM items
    ORDER BY 1 NULLS LAST
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
    times, ago : int32, days bought and days since the last
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
    customers: list[UUID] = []
    parts: list[NDArray[np.float64]] = []
    with connection.cursor() as cursor:
        cursor.execute(of_lines(BOUGHT), values)
        while fetched := cursor.fetchmany(ROWS_AT_ONCE):
            bought = fetched if fetched[-1][0] is not None else fetched[:-1]
            customers += [row[0] for row in bought]
            # one compact table at a time: lists of Python numbers take ten times the room
            parts += [np.array(row[1:5], dtype=np.float64) for row in bought]
            last = fetched[-1]
    _, places, popularity, lately, _, items = last
    columns, ago, times, own = np.concatenate([np.empty((4, 0)), *parts], axis=1)
    starts = np.concatenate([[0], np.cumsum([part.shape[1] for part in parts])]).astype(np.int32)
    columns, shape = columns.astype(np.int32), (len(customers), len(places or ()))

    def matrix(data: Floats, kind: type[np.generic]) -> sparse.csr_matrix:
        return sparse.csr_matrix((data.astype(kind), columns, starts), shape=shape)

    recency_weighted = 0.5 ** (ago / PROFILE_HALF_LIFE) * np.log1p(times)
    return Purchases(
        on=on,
        customers=customers,
        items=items or [],
        has=matrix(np.ones_like(ago), np.float32),
        profile=matrix(recency_weighted, np.float32),
        own=matrix(own, np.float64),
        times=matrix(times, np.int32),
        ago=matrix(ago, np.int32),
        popularity=np.array(popularity or [], dtype=np.float64),
        lately=[int(sold) for sold in lately or ()],
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
