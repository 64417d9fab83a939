"""A sample into the tables of the schema one stands in: by COPY, marked as samples, without Events."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import translation

from crm.activities.follow_ups import follow_ups_count
from crm.activities.models import File, FilePiece
from crm.core.bulk import constraints_now, rows_insert
from crm.core.models import Record
from crm.core.plans import Plan, part_plan, plan_of
from crm.core.registry import Part, Row
from crm.core.services import search_of
from crm.customers.models import BehaviourEvent, ConsentEntry, Contact, Customer, ListMember, StaticList
from crm.exchange.samples.aiming import adjustments_make, targets_make
from crm.exchange.samples.around import around_make
from crm.exchange.samples.buying import contacts_make, customers_make, orders_make, products_make
from crm.exchange.samples.catalogue import is_chinese
from crm.exchange.samples.doings import behaviour_rows, consent_rows
from crm.exchange.samples.filing import files_make
from crm.exchange.samples.records import Batch, Book, Ground, Sample, Step
from crm.exchange.samples.selling import selling_make
from crm.exchange.samples.shop import SEED, shop_make
from crm.exchange.samples.staff import customers_give_out, staff_make
from crm.exchange.samples.trades import trade_of
from crm.exchange.samples.working import working_make
from crm.sales.models import Deal, ForecastAdjustment, Lead, LostReason, Order, Payment, Product, Stage, Target
from crm.sales.services.pipelines import pipeline_start
from crm.team.models import Role, Team, User
from crm.team.services import roles_create

OWN_COLUMNS = ("id", "version", "is_sample", "created_at", "updated_at", "search")
FOLLOWED = (Customer, Lead, Deal)


def sample_make(industry: str = "shop", *, as_of: date, locale: str = "en", seed: int = SEED) -> dict[str, int]:
    """Fill the schema one stands in; returns how many records of each noun came."""
    shop = shop_make(as_of=as_of, locale=locale, seed=seed, trade=trade_of(industry))
    language = "zh-hans" if is_chinese(locale) else "en"
    with transaction.atomic(), translation.override(language):
        book = Book(shop, ground_make(language))
        batches = batches_make(book)
        staff_write(book)
        written = {model._meta.label_lower: records_write(model, samples) for model, samples in batches}
        rest_write(book, dict(batches))
        for model in FOLLOWED:
            follow_ups_count(model._meta.label_lower, [sample.id for sample in dict(batches)[model]])
        constraints_now()
    return written


def ground_make(language: str) -> Ground:
    """The pipeline and the roles that a sample stands on: a new schema is given those that every tenant finds."""
    pipeline_start(language)
    roles_create()
    columns = ("id", "pipeline", "outcome", "probability", "category")
    stages = Stage.objects.filter(pipeline__is_default=True, deleted_at=None).order_by("position", "id")
    reasons = LostReason.objects.filter(deleted_at=None).order_by("created_at", "id").values_list("id", flat=True)
    return Ground(
        tuple(Step(*row) for row in stages.values_list(*columns)), tuple(reasons),
        dict(Role.objects.values_list("code", "id")))


def batches_make(book: Book) -> list[Batch]:
    """Every record of the sample, noun by noun, those pointed at first."""
    teams = staff_make(book)
    customers_give_out(book)
    book.products = products_make(book)
    contacts = contacts_make(book)
    orders, payments = orders_make(book)
    deals, leads, selling = selling_make(book)
    return [
        (Team, teams), (Product, book.products), (Customer, customers_make(book)), (Contact, contacts),
        (Order, orders), (Payment, payments), *selling, *around_make(book),
        *working_make(book, deals, leads), (Target, list(targets_make(book, deals))),
        (ForecastAdjustment, list(adjustments_make(book))), (File, list(files_make(book, deals)))]


def staff_write(book: Book) -> None:
    """The people, who cannot log in; they are there before what they own."""
    nobody, roles = make_password(None), book.ground.roles
    User.objects.bulk_create([
        User(id=one.id, name=one.name, role_id=roles[one.role], team_id=one.team, password=nobody, is_sample=True)
        for one in book.staff])


def rest_write(book: Book, batches: dict[type[Record], Sequence[Sample]]) -> None:
    """What is no record: behaviour, consents, who is on a list, what is in files."""
    rows_insert(BehaviourEvent, *behaviour_rows(book))
    rows_insert(ConsentEntry, *consent_rows(book))
    random, members = book.shop.stream("members"), list[tuple[UUID, UUID, UUID | None]]()
    for one in batches[StaticList]:
        chosen = random.sample(range(book.shop.trade.buyers), one.values["members_count"])
        members += [(one.id, book.keys[at], one.values["owner"]) for at in chosen]
    rows_insert(FilePiece, ("file_id", "position", "data"), [(pk, 0, data) for pk, data in book.files.items()])
    rows_insert(ListMember, ("list_id", "object_id", "added_by_id"), members)


def records_write(model: type[Record], samples: Sequence[Sample]) -> int:
    """Write records and their parts, with everything derived as a save would derive it."""
    plan = plan_of(model)
    names = list(plan.columns)
    parts = plan.resource.parts if plan.resource else ()
    rows, lines = [], {part.name: list[Sequence[Any]]() for part in parts}
    for sample in samples:
        row = plan.base() | sample.values
        own = {part.name: part_rows(plan, part, sample, row) for part in parts}
        row |= plan.derived({**row, **own}) | sample.later
        rows.append([sample.id, 1, True, sample.at, sample.at, search_of(plan, row), *(row[name] for name in names)])
        for name, found in own.items():
            lines[name].extend([sample.id, *line.values()] for line in found)
    rows_insert(model, [*OWN_COLUMNS, *(plan.columns[name].attname for name in names)], rows)
    for part in parts:
        attnames = [field.attname for field in part_plan(part).fields.values()]
        rows_insert(part.model, [f"{part.parent}_id", *attnames], lines[part.name])
    return len(rows)


def part_rows(plan: Plan, part: Part, sample: Sample, whole: Row) -> list[Row]:
    """The lines of a record, numbered, with what follows from them."""
    lines, rows = part_plan(part), []
    for position, values in enumerate(sample.parts.get(part.name, ()), start=1):
        row = lines.base() | values
        if "position" in row:
            row["position"] = position
        rows.append(row | (plan.resource.derive_part(part, row, whole) if plan.resource else {}))
    return rows
