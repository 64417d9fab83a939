"""The nouns of Kith and their fields. Written by generate.py from the OpenAPI document; not by hand.

Money is decimal text with its currency beside it, moments are RFC 3339 text; writing takes Decimal, date, datetime
and UUID, too.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypedDict
from uuid import UUID

from kith_client.records import Records
from kith_client.transport import Transport


class Link(TypedDict):
    """As it is read."""

    id: str
    title: str
    label: str


class Contact(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    customer: Link | None
    position: str
    email: str
    phone: str
    is_main: bool
    notes: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool


class ContactInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    customer: str | UUID | dict[str, Any] | None
    position: str | None
    email: str | None
    phone: str | None
    is_main: bool | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None


class Customer(TypedDict):
    """As it is read."""

    id: str
    version: int
    kind: Literal["", "company", "person"]
    name: str
    number: str
    email: str
    phone: str
    wechat: str
    gender: Literal["", "female", "male", "other"]
    born_on: str | None
    lifecycle: Literal["", "customer", "former", "lead", "prospect"]
    source: str
    tags: list[str]
    industry: str
    parent: Link | None
    country: str
    province: str
    city: str
    district: str
    street: str
    postal_code: str
    language: str
    preferred_channel: Literal["", "email", "phone", "post", "sms", "wechat"]
    tax_id: str
    id_document: str
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
    created_at: str
    updated_at: str
    is_sample: bool


class CustomerInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    kind: str | None
    name: str
    number: str | None
    email: str | None
    phone: str | None
    wechat: str | None
    gender: str | None
    born_on: str | date | None
    lifecycle: str | None
    source: str | None
    tags: list[str] | None
    industry: str | None
    parent: str | UUID | dict[str, Any] | None
    country: str | None
    province: str | None
    city: str | None
    district: str | None
    street: str | None
    postal_code: str | None
    language: str | None
    preferred_channel: str | None
    tax_id: str | None
    id_document: str | None
    is_profiling_refused: bool | None
    opening_orders_count: int | None
    opening_spend: str | int | Decimal | float | None
    opening_last_order_on: str | date | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None


class Note(TypedDict):
    """As it is read."""

    id: str
    version: int
    body: str
    is_pinned: bool
    object_type: str
    object_id: Link | None
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool


class NoteInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    body: str
    is_pinned: bool | None
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    owner: str | UUID | dict[str, Any] | None


class OrderLine(TypedDict):
    """As it is read."""

    position: int
    kind: Literal["", "discount", "fee", "product"]
    product: Link | None
    code: str
    description: str
    quantity: str
    unit_price: str
    amount: str


class Order(TypedDict):
    """As it is read."""

    id: str
    version: int
    number: str
    customer: Link | None
    ordered_at: str
    kind: Literal["", "credit", "sale"]
    status: Literal["", "cancelled", "completed", "open"]
    currency: str
    exchange_rate: str
    channel: str
    country: str
    notes: str
    owner: Link | None
    amount: str
    amount_home: str
    created_at: str
    updated_at: str
    is_sample: bool
    lines: list[OrderLine]


class OrderInputLine(TypedDict, total=False):
    """As it is written; every field may be left out."""

    position: int
    kind: str | None
    product: str | UUID | dict[str, Any] | None
    code: str | None
    description: str | None
    quantity: str | int | Decimal | float | None
    unit_price: str | int | Decimal | float | None


class OrderInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    number: str
    customer: str | UUID | dict[str, Any] | None
    ordered_at: str | datetime | None
    kind: str | None
    status: str | None
    currency: str | None
    exchange_rate: str | int | Decimal | float | None
    channel: str | None
    country: str | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
    lines: list[OrderInputLine]


class Product(TypedDict):
    """As it is read."""

    id: str
    version: int
    sku: str
    name: str
    category: str
    unit_price: str | None
    unit_cost: str | None
    currency: str
    is_active: bool
    description: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool


class ProductInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    sku: str
    name: str
    category: str | None
    unit_price: str | int | Decimal | float | None
    unit_cost: str | int | Decimal | float | None
    currency: str | None
    is_active: bool | None
    description: str | None
    owner: str | UUID | dict[str, Any] | None


class Task(TypedDict):
    """As it is read."""

    id: str
    version: int
    title: str
    due_at: str | None
    priority: Literal["", "high", "low", "normal"]
    object_type: str
    object_id: Link | None
    notes: str
    owner: Link | None
    status: Literal["done", "open"]
    done_at: str | None
    created_at: str
    updated_at: str
    is_sample: bool


class TaskInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    title: str
    due_at: str | datetime | None
    priority: str | None
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None


class Nouns:
    """Every noun by its name."""

    transport: Transport

    @property
    def contacts(self) -> Records[Contact, ContactInput]:
        """The noun Contact."""
        return Records(self.transport, "contacts")

    @property
    def customers(self) -> Records[Customer, CustomerInput]:
        """The noun Customer."""
        return Records(self.transport, "customers")

    @property
    def notes(self) -> Records[Note, NoteInput]:
        """The noun Note."""
        return Records(self.transport, "notes")

    @property
    def orders(self) -> Records[Order, OrderInput]:
        """The noun Order."""
        return Records(self.transport, "orders")

    @property
    def products(self) -> Records[Product, ProductInput]:
        """The noun Product."""
        return Records(self.transport, "products")

    @property
    def tasks(self) -> Records[Task, TaskInput]:
        """The noun Task."""
        return Records(self.transport, "tasks")
