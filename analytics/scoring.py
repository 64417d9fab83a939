"""From models to fields: what is written on each customer. Pure: same facts and models, same values, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from analytics import lifetime, segments
from analytics.actions import Facts, action_label, action_of
from analytics.bands import band_of
from analytics.design import TOPICS, design
from analytics.explanation import points_by_topic
from analytics.features import Floats, Snapshot
from analytics.learned import Classifier, Learned
from analytics.profiles import Profile
from analytics.reasons import strongest

Values = dict[str, Any]
MOST_MONEY = 1e14
GRADE_TRUST = {"A": 1.0, "B": 0.85, "C": 0.7}


def score(models: Learned, known: Snapshot, before: Snapshot, people: Sequence[Profile]) -> list[tuple[UUID, Values]]:
    """The fields of everyone: `known` are the facts now, `before` those of 30 days ago, `people` all customers."""
    columns: dict[UUID, Values] = {pk: {} for pk in known.ids}
    for part in (_totals, _churn, _buying, _lifetime):
        part(models, known, before, columns)
    return [(person.id, _person(models, person, columns.get(person.id))) for person in people]


def money(value: float) -> Decimal:
    """An amount as it is stored; what no column could hold is cut off."""
    return Decimal(f"{min(max(value, 0.0), MOST_MONEY):.4f}")


def _spread(columns: Mapping[UUID, Values], ids: Sequence[UUID], name: str, values: Sequence[Any]) -> None:
    """Put one column of values where it belongs."""
    for pk, value in zip(ids, values, strict=True):
        columns[pk][name] = value


def _totals(models: Learned, known: Snapshot, before: Snapshot, columns: Mapping[UUID, Values]) -> None:
    """What the orders say without any model."""
    _spread(columns, known.ids, "recency_days", known.column("recency_days").tolist())
    _spread(columns, known.ids, "orders", known.column("orders").tolist())
    _spread(columns, known.ids, "order_days", known.column("order_days").tolist())
    _spread(columns, known.ids, "spend", known.column("spend").tolist())
    gaps = np.where(known.column("order_days") > 1, np.round(known.column("gap_average"), 2), np.nan)
    _spread(columns, known.ids, "avg_days_between_orders", _nullable(gaps))
    _spread(columns, known.ids, "next_purchase_overdue_days", _nullable(lifetime.overdue_days(known), int))


def _nullable(values: Floats, kind: Callable[[float], Any] = float) -> list[Any]:
    """Numbers for the database: nan becomes null."""
    return [None if np.isnan(value) else kind(value) for value in values]


def _churn(models: Learned, known: Snapshot, before: Snapshot, columns: Mapping[UUID, Values]) -> None:
    """Risk, level, rank, trend and reasons."""
    churn = models.churn
    if churn is None or not known.ids:
        return
    matrix = design(known)
    p = churn.probability(matrix)
    earlier = dict(zip(before.ids, churn.probability(design(before)).tolist() if before.ids else [], strict=True))
    points, _ = points_by_topic(churn.algorithm, churn.estimator, matrix, p, churn.straightening)
    shown = np.column_stack([known.column(topic) for topic in TOPICS])
    grid = np.array(churn.thresholds["grid"])
    percentiles = np.round(np.searchsorted(grid, p, side="left") / len(grid), 4)
    for row, pk in enumerate(known.ids):
        risk = float(p[row])
        columns[pk] |= {
            "churn_probability": risk,
            "churn_band": band_of(risk, churn.thresholds),
            "churn_percentile": float(percentiles[row]),
            "churn_trend": round(100 * (risk - earlier[pk]), 1) + 0.0 if pk in earlier else None,
            "churn_reasons": strongest(TOPICS, shown[row].tolist(), points[row].tolist()),
            "churn_window_days": churn.window_days,
            "churn_base_rate": round(churn.base_rate, 6),
            "prediction_confidence": confidence(churn, columns[pk]["order_days"]),
            "model_version": churn.version,
            "model_grade": churn.grade,
        }


def confidence(churn: Classifier, order_days: float) -> float:
    """How far to believe one score, 0 to 1: the model's grade, and more with more days of purchase to go by."""
    return round(GRADE_TRUST.get(churn.grade, 0.5) * order_days / (order_days + 1.0), 2)


def _buying(models: Learned, known: Snapshot, before: Snapshot, columns: Mapping[UUID, Values]) -> None:
    """Probability of an order within 30 days."""
    if models.buying is not None and known.ids:
        within = 1.0 - models.buying.probability(design(known))
        _spread(columns, known.ids, "buy_within_30d_probability", np.round(within, 6).tolist())


def _lifetime(models: Learned, known: Snapshot, before: Snapshot, columns: Mapping[UUID, Values]) -> None:
    """Value to come with its interval, and the window of the next purchase."""
    if models.lifetime is None or not known.ids:
        return
    horizon = lifetime.HORIZON_DAYS
    predicted = lifetime.value(models.lifetime, known, horizon)
    low, high = lifetime.interval(models.lifetime, known, horizon)
    _spread(columns, known.ids, "clv_predicted", [money(v) for v in predicted])
    _spread(columns, known.ids, "clv_low", [money(v) for v in np.minimum(low, predicted)])
    _spread(columns, known.ids, "clv_high", [money(v) for v in np.maximum(high, predicted)])
    _spread(columns, known.ids, "clv_horizon_days", [horizon] * len(known.ids))
    names = ("next_purchase_low_on", "next_purchase_expected_on", "next_purchase_high_on")
    for name, days in zip(names, lifetime.next_purchase_days(models.lifetime, known), strict=True):
        _spread(columns, known.ids, name, [known.on + timedelta(days=int(d)) for d in days])


def _person(models: Learned, person: Profile, facts: Values | None) -> Values:
    """One customer's fields; who objects to profiling keeps nothing but the word that says so."""
    if person.is_refused:
        return {"prediction_status": "opted_out"}
    fields = {name: value for name, value in (facts or {}).items() if name not in INTERNAL}
    fields |= _history(models, person, facts or {})
    has_score = fields.get("churn_probability") is not None
    status = "ok" if has_score else models.churn_verdict if facts else "insufficient_history"
    fields["prediction_status"] = status
    name = action_of(
        Facts(
            band=fields.get("churn_band", ""),
            segment=fields.get("rfm_segment", ""),
            is_high_value=bool(fields.get("is_high_value")),
            overdue_days=fields.get("next_purchase_overdue_days") or 0,
            orders=fields.get("orders_count") or 0,
        )
    )
    return fields | {"next_best_action": action_label(name)}


INTERNAL = {"recency_days", "orders", "order_days", "spend"}


def _history(models: Learned, person: Profile, facts: Values) -> Values:
    """Totals (opening balances included), the RFM steps and the segment."""
    orders = int(facts.get("orders", 0)) + person.opening_orders
    spend = float(facts.get("spend", 0.0)) + person.opening_spend
    if not orders:
        return {}
    fields: Values = {
        "orders_count": orders,
        "repeat_rate": (orders - 1) / orders,
        "clv_historic": money(spend),
        "avg_order_value": money(spend / orders),
        "last_order_at": person.last_order_at,
        "best_contact_hour": person.best_hour,
    }
    recency = days_since(person, facts, models.on)
    if models.cuts is None or recency is None:
        return fields
    r = int(segments.scores(np.array([recency]), models.cuts.recency, is_low_good=True)[0])
    f = int(segments.scores(np.array([float(orders)]), models.cuts.frequency)[0])
    m = int(segments.scores(np.array([spend]), models.cuts.money)[0])
    return fields | {
        "rfm_r": r,
        "rfm_f": f,
        "rfm_m": m,
        "rfm_segment": segments.segment_of(r, f, m, orders),
        "is_high_value": models.cuts.high_value is not None and spend >= models.cuts.high_value,
    }


def days_since(person: Profile, facts: Values, on: date) -> float | None:
    """Days since the last order known, be it recorded or an opening balance; None when neither is dated."""
    recorded = facts.get("recency_days")
    opening = (on - person.opening_last_on).days if person.opening_last_on else None
    known = [float(days) for days in (recorded, opening) if days is not None]
    return max(min(known), 0.0) if known else None


def totals_of(people: Sequence[Profile], known: Snapshot) -> tuple[Floats, Floats, Floats]:
    """Recency, frequency and money of everyone who has any, opening balances included, for the cuts."""
    facts = dict(
        zip(
            known.ids,
            zip(known.column("recency_days"), known.column("orders"), known.column("spend"), strict=True),
            strict=True,
        )
    )
    rows = []
    for person in people:
        recency, orders, spend = facts.get(person.id, (None, 0.0, 0.0))
        since = days_since(person, {"recency_days": recency}, known.on)
        if not person.is_refused and since is not None and orders + person.opening_orders > 0:
            rows.append((since, orders + person.opening_orders, spend + person.opening_spend))
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 3)
    return table[:, 0], table[:, 1], table[:, 2]
