"""The noun Customer and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Customer(TypedDict):
    """As it is read."""

    id: str
    version: int
    kind: Literal["", "company", "person"]
    name: str
    number: str
    email: str
    phone: str
    other_emails: list[str]
    other_phones: list[str]
    wechat: str
    salutation: str
    gender: Literal["", "female", "male", "other"]
    born_on: str | None
    born_lunar: str
    tier: str
    lifecycle: Literal["", "customer", "former", "lead", "prospect"]
    source: str
    tags: list[str]
    industry: str
    parent: Link | None
    team: Link | None
    country: str
    province: str
    city: str
    district: str
    street: str
    postal_code: str
    language: str
    time_zone: str
    preferred_channel: Literal["", "email", "phone", "post", "sms", "wechat"]
    tax_id: str
    id_document: str
    csat_score: str | None
    csat_scale: int | None
    nps_score: int | None
    satisfaction_trend: Literal["", "falling", "rising", "steady"]
    surveyed_on: str | None
    open_complaints_count: int | None
    is_profiling_refused: bool
    opening_orders_count: int | None
    opening_spend: str | None
    opening_last_order_on: str | None
    notes: str
    owner: Link | None
    churn_probability: float | None
    churn_window_days: int | None
    churn_base_rate: float | None
    churn_band: Literal["", "critical", "high", "low", "medium"]
    churn_percentile: float | None
    churn_trend: float | None
    churn_reasons: Any
    clv_predicted: str | None
    clv_low: str | None
    clv_high: str | None
    clv_horizon_days: int | None
    clv_historic: str | None
    orders_count: int | None
    repeat_rate: float | None
    avg_order_value: str | None
    avg_days_between_orders: float | None
    last_order_at: str | None
    is_high_value: bool | None
    next_purchase_low_on: str | None
    next_purchase_expected_on: str | None
    next_purchase_high_on: str | None
    buy_within_30d_probability: float | None
    next_purchase_overdue_days: int | None
    rfm_r: int | None
    rfm_f: int | None
    rfm_m: int | None
    rfm_segment: Literal[
        "",
        "about_to_sleep",
        "at_risk",
        "cannot_lose",
        "champions",
        "hibernating",
        "lost",
        "loyal",
        "needs_attention",
        "new",
        "potential_loyal",
        "promising",
    ]
    cluster_label: str
    best_channel: Literal["", "email", "phone", "post", "sms", "wechat"]
    best_contact_hour: int | None
    next_best_action: str
    prediction_status: Literal[
        "",
        "error",
        "insufficient_history",
        "model_off",
        "no_signal",
        "ok",
        "opted_out",
        "stale",
    ]
    prediction_confidence: float | None
    model_version: str
    model_grade: str
    scored_at: str | None
    features_at: str | None
    age: int | None
    next_birthday_on: str | None
    last_follow_up_at: str | None
    next_follow_up_on: str | None
    held_at: str | None
    pooled_at: str | None
    pool_reason: str
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class CustomerInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    kind: str | None
    name: str
    number: str | None
    email: str | None
    phone: str | None
    other_emails: list[str] | None
    other_phones: list[str] | None
    wechat: str | None
    salutation: str | None
    gender: str | None
    born_on: str | date | None
    born_lunar: str | None
    tier: str | None
    lifecycle: str | None
    source: str | None
    tags: list[str] | None
    industry: str | None
    parent: str | UUID | dict[str, Any] | None
    team: str | UUID | dict[str, Any] | None
    country: str | None
    province: str | None
    city: str | None
    district: str | None
    street: str | None
    postal_code: str | None
    language: str | None
    time_zone: str | None
    preferred_channel: str | None
    tax_id: str | None
    id_document: str | None
    csat_score: str | int | Decimal | float | None
    csat_scale: int | None
    nps_score: int | None
    satisfaction_trend: str | None
    surveyed_on: str | date | None
    open_complaints_count: int | None
    is_profiling_refused: bool | None
    opening_orders_count: int | None
    opening_spend: str | int | Decimal | float | None
    opening_last_order_on: str | date | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
