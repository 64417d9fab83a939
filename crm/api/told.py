"""What answers hold that are no records: filled in by the views, described by the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from django.utils.functional import Promise

from analytics.cards import PredictionData, RecommendedProduct
from crm.exchange.analysis import Analysis
from crm.exchange.bulk.services import RefusedRow
from crm.exchange.laying import WarningSaid
from crm.exchange.reporting import Account, ProblemLine

Text = str | Promise


class DeliveryTold(TypedDict):
    """A delivery of a webhook."""

    id: UUID
    webhook_id: str
    event: str
    object: str
    object_id: UUID | None
    state: str
    tries: int
    created_at: datetime
    due_at: datetime | None
    finished_at: datetime | None


class AttemptTold(TypedDict):
    """One try of a delivery."""

    number: int
    at: datetime
    milliseconds: int
    status: int | None
    error: str
    response: str


class DeliveryWhole(DeliveryTold):
    """A delivery with its tries."""

    attempts: list[AttemptTold]


class SecretTold(TypedDict):
    """The secret of a webhook."""

    secret: str


class RunTold(TypedDict):
    """A run of a rule."""

    id: UUID
    state: str
    object: str
    object_id: UUID
    cause: str
    depth: int
    position: int
    created_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    error: str


class RunStepTold(TypedDict):
    """One action of a run."""

    number: int
    action: str
    is_done: bool
    text: str
    at: datetime
    milliseconds: int


class RunWhole(RunTold):
    """A run with its steps."""

    steps: list[RunStepTold]


class NotificationTold(TypedDict):
    """Something that a person was told."""

    id: UUID
    kind: str
    text: str
    object_type: str
    object_id: UUID | None
    created_at: datetime
    read_at: datetime | None


class ReadTold(TypedDict):
    """How many were marked."""

    read: int


class JobTold(TypedDict):
    """An import."""

    id: UUID
    state: str
    object: str
    template: str
    filename: str
    size: int
    percent: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rows_done: int
    rows_total: int
    failure: str
    account: Account
    url: str


class JobStarted(JobTold):
    """An import that has begun."""

    warnings: list[WarningSaid]


class ReportTold(TypedDict):
    """A page of what was reported of an import."""

    start: int
    results: Sequence[ProblemLine]


class ForeseenTold(TypedDict):
    """What a file would become."""

    object: str
    choices: Mapping[str, Any]
    analysis: Analysis


class ExportTold(TypedDict):
    """An export."""

    id: UUID
    state: str
    object: str
    format: str
    filename: str
    percent: int
    rows_done: int
    rows_total: int
    size: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    failure: str
    failure_message: str
    url: str
    file: str | None


class ExportCounted(TypedDict):
    """How much an export would hold."""

    object: str
    format: str
    rows_total: int


class ExportForeseen(ExportCounted, total=False):
    """The same, of a list with its columns."""

    columns: list[str]


class BulkEditTold(TypedDict):
    """A change of many records."""

    id: UUID
    state: str
    object: str
    asked: Mapping[str, Any]
    percent: int
    rows_total: int
    rows_done: int
    account: Mapping[str, int]
    created_at: datetime
    finished_at: datetime | None
    failure: str
    url: str


class BulkEditWhole(BulkEditTold):
    """A change of many records with what was refused."""

    refused: list[RefusedRow]


class RefusalTold(TypedDict):
    """Why some records cannot be changed so."""

    message: str
    count: int


class BulkEditForeseen(TypedDict):
    """What a change of many would come to."""

    rows_total: int
    rows_tried: int
    changed: int
    same: int
    refused: int
    reasons: list[RefusalTold]


class ErasedTold(TypedDict):
    """How many records of each noun were emptied or removed."""

    id: UUID
    erased: dict[str, int]


class PredictionsTold(TypedDict):
    """What is predicted of one record."""

    id: UUID
    predictions: PredictionData | None


class RecommendationsTold(TypedDict):
    """What to offer to one record."""

    id: UUID
    buy_again: Sequence[RecommendedProduct]
    new_for_you: Sequence[RecommendedProduct]
    why: str


class ProductTold(TypedDict):
    """The product of a recommendation."""

    id: UUID
    name: str
    sku: str


class RecommendationTold(TypedDict):
    """A recommendation and what became of it."""

    id: int
    customer: UUID
    product: ProductTold
    accepted_at: datetime | None
    dismissed_at: datetime | None
    dismissed_for: str


class NounTold(TypedDict):
    """A noun in one line."""

    label: str
    slug: str
    name: Text
    name_plural: Text
    url: str
    may: list[str]


class ChoiceTold(TypedDict):
    """One value of a choice."""

    value: str
    label: Text


class FieldTold(TypedDict):
    """One field, with limits and choices."""

    name: str
    label: Text
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
    help: Text
    custom: str | None


class PartTold(TypedDict):
    """The rows inside a record."""

    name: str
    label: Text
    fields: list[FieldTold]


class VerbTold(TypedDict):
    """What can be done with a record."""

    name: str
    label: Text
    description: Text
    inputs: Mapping[str, Any]


class AnatomyTold(TypedDict):
    """Fields, parts and verbs of a noun."""

    title: str
    ordering: str
    keys: list[str]
    fields: list[FieldTold]
    parts: list[PartTold]
    verbs: list[VerbTold]


class NounWhole(NounTold, AnatomyTold):
    """A noun with all that can be read and written."""


class TenantTold(TypedDict):
    """The company."""

    slug: str
    name: str
    locale: str
    time_zone: str
    currency: str


class CallerTold(TypedDict):
    """Who is calling, and into which company."""

    kind: str
    id: UUID | None
    name: str
    permissions: list[str]
    scopes: list[str] | None
    reach: Mapping[str, Any]
    hidden_fields: list[str]
    fixed_fields: list[str]
    language: str | None
    tenant: TenantTold
