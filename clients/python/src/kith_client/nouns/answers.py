"""What answers hold that are no records. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class AccountTold(TypedDict):
    """As it is read."""

    read: int
    created: int
    updated: int
    unchanged: int
    merged: int
    refused: int
    skipped: int
    blank: int
    records: dict[str, Any]
    problems: list[ProblemCountTold]


class CallerTold(TypedDict):
    """As it is read."""

    kind: str
    id: str | None
    name: str
    permissions: list[str]
    scopes: list[str] | None
    reach: dict[str, Any]
    hidden_fields: list[str]
    fixed_fields: list[str]
    language: str | None
    tenant: TenantTold


class CardActionTold(TypedDict):
    """As it is read."""

    name: str
    label: str


class ExportTold(TypedDict):
    """As it is read."""

    id: str
    state: str
    object: str
    format: str
    filename: str
    percent: int
    rows_done: int
    rows_total: int
    size: int
    created_at: str
    started_at: str | None
    finished_at: str | None
    expires_at: str | None
    failure: str
    failure_message: str
    url: str
    file: str | None


class JobTold(TypedDict):
    """As it is read."""

    id: str
    state: str
    object: str
    template: str
    filename: str
    size: int
    percent: int
    created_at: str
    started_at: str | None
    finished_at: str | None
    rows_done: int
    rows_total: int
    failure: str
    account: AccountTold
    url: str


class ModelCardTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    question: str
    has_contest: bool
    verdict: str
    verdict_label: NotRequired[str]
    why: NotRequired[str]
    lifts_it: NotRequired[str]
    id: NotRequired[int]
    is_held: NotRequired[bool]
    version: NotRequired[str]
    algorithm: NotRequired[str]
    algorithm_label: NotRequired[str]
    rung: NotRequired[str]
    rung_label: NotRequired[str]
    grade: NotRequired[str]
    features_on: NotRequired[str]
    window_days: NotRequired[int | None]
    trained_count: NotRequired[int]
    snapshots: NotRequired[list[Any]]
    metrics: NotRequired[dict[str, Any]]
    back_test: NotRequired[str]
    contest: NotRequired[list[dict[str, Any]]]
    calibration: NotRequired[list[Any]]
    bands: NotRequired[dict[str, Any]]
    drift: NotRequired[dict[str, Any]]
    library: NotRequired[dict[str, Any]]
    history: NotRequired[list[PastVersionTold]]


class ModelPageTold(TypedDict):
    """As it is read."""

    is_sample: bool
    grade_rule: list[str]
    predictors: list[ModelCardTold]
    run: RunCardTold | None


class PastVersionTold(TypedDict):
    """As it is read."""

    id: int
    version: str
    status: str
    is_held: bool
    features_on: str
    algorithm_label: str
    verdict: str
    grade: str
    auc: float | None
    brier: float | None
    score_psi: float | None


class PersonTold(TypedDict):
    """As it is read."""

    id: str
    name: str
    email: str | None
    role: str
    team: dict[str, Any] | None
    is_active: bool
    last_login_at: str | None


class PredictionDataTold(TypedDict):
    """As it is read."""

    status: str
    status_label: str
    why: str
    lifts_it: str
    probability: float | None
    base_rate: float | None
    window_days: int | None
    band: str
    band_label: str
    percentile: float | None
    trend: float | None
    reasons_up: list[ReasonTold]
    reasons_down: list[ReasonTold]
    confidence: str
    grade: str
    model_version: str
    scored_at: str | None
    actions: list[CardActionTold]
    next_best_action: str
    next_best_action_label: str
    is_high_value: bool | None
    rfm_segment: str
    rfm_segment_label: str
    clv_predicted: str | None
    clv_low: str | None
    clv_high: str | None
    clv_horizon_days: int | None
    clv_historic: str | None
    next_purchase_low_on: str | None
    next_purchase_expected_on: str | None
    next_purchase_high_on: str | None
    next_purchase_overdue_days: int | None
    buy_within_30d_probability: float | None


class PredictionsTold(TypedDict):
    """As it is read."""

    id: str
    predictions: PredictionDataTold | None


class ProblemCountTold(TypedDict):
    """As it is read."""

    code: str
    outcome: str
    outcome_label: str
    message: str
    count: int
    columns: list[str]
    row: int
    example: str


class ReasonTold(TypedDict):
    """As it is read."""

    feature: str
    label: str
    value: float | None
    direction: str
    points: float
    actionable: bool


class RecommendationsTold(TypedDict):
    """As it is read."""

    id: str
    buy_again: list[RecommendedProductTold]
    new_for_you: list[RecommendedProductTold]
    why: str


class RecommendedProductTold(TypedDict):
    """As it is read."""

    id: int | None
    product_id: str
    name: str
    sku: str
    rank: int
    score: float
    reason_type: str
    reason_text: str
    is_accepted: bool


class RoleTold(TypedDict):
    """As it is read."""

    code: str
    name: NotRequired[str]
    permissions: NotRequired[list[str]]
    hidden_fields: NotRequired[list[str]]
    fixed_fields: NotRequired[list[str]]
    reach: NotRequired[dict[str, Any]]


class RunCardTold(TypedDict):
    """As it is read."""

    state: str
    step: str
    step_label: str
    progress: float
    as_of: str
    features_on: str | None
    counts: dict[str, Any]
    finished_at: str | None
    error: str


class TenantTold(TypedDict):
    """As it is read."""

    slug: str
    name: str
    locale: str
    time_zone: str
    currency: str
