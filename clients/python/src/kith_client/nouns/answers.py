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


class AnalysisTold(TypedDict):
    """As it is read."""

    format: str
    encoding: str
    delimiter: str
    sheets: list[SheetInfoTold]
    sheet: int
    header_row: int
    rows: int
    is_whole: bool
    columns: list[ColumnTold]
    targets: list[TargetTold]
    questions: list[QuestionTold]
    preview: list[PreviewRowTold]
    worst: list[PreviewRowTold]
    warnings: list[str]
    notices: list[str]
    steps: list[StepTold]
    readiness: list[ReadinessTold]
    refused: int
    skipped: int
    chosen_encoding: str
    chosen_delimiter: str
    values: list[ValueGuessTold]
    kept: str
    source: str
    settled: ChoicesTold


class AttemptTold(TypedDict):
    """As it is read."""

    number: int
    at: str
    milliseconds: int
    status: int | None
    error: str
    response: str


class BulkEditForeseenTold(TypedDict):
    """As it is read."""

    rows_total: int
    rows_tried: int
    changed: int
    same: int
    refused: int
    reasons: list[RefusalTold]


class BulkEditTold(TypedDict):
    """As it is read."""

    id: str
    state: str
    object: str
    asked: dict[str, Any]
    percent: int
    rows_total: int
    rows_done: int
    account: dict[str, Any]
    created_at: str
    finished_at: str | None
    failure: str
    url: str


class BulkEditWholeTold(TypedDict):
    """As it is read."""

    id: str
    state: str
    object: str
    asked: dict[str, Any]
    percent: int
    rows_total: int
    rows_done: int
    account: dict[str, Any]
    created_at: str
    finished_at: str | None
    failure: str
    url: str
    refused: list[RefusedRowTold]


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


class ChoiceTold(TypedDict):
    """As it is read."""

    value: str
    label: str


class ChoicesTold(TypedDict):
    """As it is read."""

    sheet: int
    header_row: int | None
    targets: dict[str, Any]
    answers: dict[str, Any]
    mode: str
    create_links: bool
    values: dict[str, Any]
    links: dict[str, Any]
    source: str
    encoding: str
    delimiter: str
    off: list[str]
    kinds: dict[str, Any]
    constants: dict[str, Any]


class ColumnTold(TypedDict):
    """As it is read."""

    position: int
    header: str
    target: str
    why: str
    confidence: float
    samples: list[str]
    filled: int
    problems: int
    is_hidden: bool
    kind: str


class DataReadinessTold(TypedDict):
    """As it is read."""

    is_sample: bool
    data: dict[str, Any]
    full_contest_at: int
    models: list[EntryTold]


class DeliveryTold(TypedDict):
    """As it is read."""

    id: str
    webhook_id: str
    event: str
    object: str
    object_id: str | None
    state: str
    tries: int
    created_at: str
    due_at: str | None
    finished_at: str | None


class DeliveryWholeTold(TypedDict):
    """As it is read."""

    id: str
    webhook_id: str
    event: str
    object: str
    object_id: str | None
    state: str
    tries: int
    created_at: str
    due_at: str | None
    finished_at: str | None
    attempts: list[AttemptTold]


class EntryTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    is_ready: bool
    is_in_use: bool
    needs: list[NeedTold]
    text: str
    lifts_it: str


class ErasedTold(TypedDict):
    """As it is read."""

    id: str
    erased: dict[str, Any]


class ExportForeseenTold(TypedDict):
    """As it is read."""

    object: str
    format: str
    rows_total: int
    columns: NotRequired[list[str]]


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


class FieldTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    kind: str
    required: bool
    writable: bool
    filterable: bool
    sortable: bool
    personal: bool
    sensitive: bool
    choices: list[ChoiceTold]
    max_length: int | None
    digits: int | None
    target: str | None
    unit: str
    help: str
    custom: str | None


class FigureAskTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    default: str
    choices: list[ChoiceTold]


class FigureColumnTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    kind: str


class FigureNoteTold(TypedDict):
    """As it is read."""

    text: str
    records: str | None


class FigureRowTold(TypedDict):
    """As it is read."""

    title: str
    depth: int
    is_total: bool
    values: dict[str, Any]
    records: dict[str, Any]


class FiguresSaidTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    description: str
    url: str
    parameters: list[FigureAskTold]


class FiguresTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    description: str
    url: str
    parameters: list[FigureAskTold]
    columns: list[FigureColumnTold]
    rows: list[FigureRowTold]
    notes: list[FigureNoteTold]
    asked: dict[str, Any]


class ForeseenTold(TypedDict):
    """As it is read."""

    object: str
    choices: dict[str, Any]
    analysis: AnalysisTold


class JobStartedTold(TypedDict):
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
    warnings: list[WarningSaidTold]


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


class NeedTold(TypedDict):
    """As it is read."""

    what: str
    have: int
    need: int
    missing: int
    text: str


class NotificationTold(TypedDict):
    """As it is read."""

    id: str
    kind: str
    text: str
    object_type: str
    object_id: str | None
    created_at: str
    read_at: str | None


class NounTold(TypedDict):
    """As it is read."""

    label: str
    slug: str
    name: str
    name_plural: str
    url: str
    may: list[str]


class NounWholeTold(TypedDict):
    """As it is read."""

    label: str
    slug: str
    name: str
    name_plural: str
    url: str
    may: list[str]
    title: str
    ordering: str
    keys: list[str]
    fields: list[FieldTold]
    parts: list[PartTold]
    verbs: list[VerbTold]


class PartTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    fields: list[FieldTold]


class PastTold(TypedDict):
    """As it is read."""

    event: int
    at: str
    name: str
    actor_kind: str
    actor_id: str | None
    via: str
    request_id: str
    before: dict[str, Any]
    after: dict[str, Any]


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


class PersonKnownTold(TypedDict):
    """As it is read."""

    about: dict[str, Any]
    record: dict[str, Any]
    related: dict[str, Any]
    names_in_other_systems: list[dict[str, Any]]
    history: list[dict[str, Any]]


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


class PreviewRowTold(TypedDict):
    """As it is read."""

    row: int
    cells: list[str]
    problems: list[str]
    is_refused: bool


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


class ProblemLineTold(TypedDict):
    """As it is read."""

    row: int
    column: str
    code: str
    outcome: str
    outcome_label: str
    value: str
    message: str
    fix: str


class ProductTold(TypedDict):
    """As it is read."""

    id: str
    name: str
    sku: str


class QuestionTold(TypedDict):
    """As it is read."""

    column: int
    code: str
    text: str
    options: list[list[str]]
    default: str
    examples: list[str]


class ReadTold(TypedDict):
    """As it is read."""

    read: int


class ReadinessPartTold(TypedDict):
    """As it is read."""

    label: str
    is_found: bool


class ReadinessTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    question: str
    parts: list[ReadinessPartTold]
    sentence: str


class ReasonTold(TypedDict):
    """As it is read."""

    feature: str
    label: str
    value: float | None
    direction: str
    points: float
    actionable: bool


class RecommendationTold(TypedDict):
    """As it is read."""

    id: int
    customer: str
    product: ProductTold
    accepted_at: str | None
    dismissed_at: str | None
    dismissed_for: str


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


class RefusalTold(TypedDict):
    """As it is read."""

    message: str
    count: int


class RefusedRowTold(TypedDict):
    """As it is read."""

    id: str
    title: str | None
    message: str
    outcome: str


class ReportTold(TypedDict):
    """As it is read."""

    start: int
    results: list[ProblemLineTold]


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


class RunStepTold(TypedDict):
    """As it is read."""

    number: int
    action: str
    is_done: bool
    text: str
    at: str
    milliseconds: int


class RunTold(TypedDict):
    """As it is read."""

    id: str
    state: str
    object: str
    object_id: str
    cause: str
    depth: int
    position: int
    created_at: str
    due_at: str | None
    finished_at: str | None
    error: str


class RunWholeTold(TypedDict):
    """As it is read."""

    id: str
    state: str
    object: str
    object_id: str
    cause: str
    depth: int
    position: int
    created_at: str
    due_at: str | None
    finished_at: str | None
    error: str
    steps: list[RunStepTold]


class SecretTold(TypedDict):
    """As it is read."""

    secret: str


class SheetInfoTold(TypedDict):
    """As it is read."""

    position: int
    name: str
    is_hidden: bool
    hidden_rows: int
    hidden_columns: list[int]


class StepTold(TypedDict):
    """As it is read."""

    key: str
    label: str
    column: str
    count: int
    examples: list[list[str]]
    is_off: bool


class TargetTold(TypedDict):
    """As it is read."""

    path: str
    label: str
    kind: str
    required: bool


class TenantTold(TypedDict):
    """As it is read."""

    slug: str
    name: str
    locale: str
    time_zone: str
    currency: str


class TrialTold(TypedDict):
    """As it is read."""

    days: int
    looked_at: int
    is_whole: bool
    count: int
    shown: list[WouldTold]


class ValueGuessTold(TypedDict):
    """As it is read."""

    column: int
    value: str
    count: int
    near: list[str]
    is_sure: bool


class VerbTold(TypedDict):
    """As it is read."""

    name: str
    label: str
    description: str
    inputs: dict[str, Any]


class VersionCardTold(TypedDict):
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
    status: NotRequired[str]
    is_sample: NotRequired[bool]


class WarningSaidTold(TypedDict):
    """As it is read."""

    code: str
    column: str
    position: int
    message: str


class WouldTold(TypedDict):
    """As it is read."""

    at: str
    event: str
    object_id: str
    title: str
    actions: list[dict[str, Any]]
