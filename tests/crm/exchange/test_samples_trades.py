"""The samples of the other industries: what a bank and a travel agency would find, in both languages."""
from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from crm.activities.models import File, Task
from crm.customers.models import Customer, Relationship
from crm.exchange.samples.doings import behaviour_rows
from crm.exchange.samples.records import Book, Ground, Sample, Step
from crm.exchange.samples.shop import shop_make
from crm.exchange.samples.trades import TRADES, trade_of
from crm.exchange.samples.writing import batches_make
from crm.sales.models import Deal, Holding, Lead, Product, Target
from tenants.models import Tenant
from tenants.services import sample_of

AS_OF = date(2026, 3, 10)
STEPS = (("open", 10), ("open", 25), ("open", 50), ("open", 75), ("won", 100), ("lost", 0))
Made = dict[Any, list[Sample]]


def made_of(trade: str, locale: str = "en") -> tuple[Book, Made]:
    """The sample of a trade, before it is stored."""
    steps = tuple(Step(UUID(int=at), UUID(int=99), *step, "pipeline") for at, step in enumerate(STEPS))
    ground = Ground(steps, tuple(UUID(int=200 + at) for at in range(6)), {})
    book = Book(shop_make(as_of=AS_OF, locale=locale, trade=trade_of(trade)), ground)
    return book, {model: list(samples) for model, samples in batches_make(book)}


@pytest.fixture(scope="module")
def bank() -> tuple[Book, Made]:
    """A bank in English."""
    return made_of("bank")


@pytest.fixture(scope="module")
def agency() -> tuple[Book, Made]:
    """A travel agency in Chinese."""
    return made_of("travel", "zh-hans")


def test_every_industry_is_shown_a_sample_in_its_language() -> None:
    assert {sample_of(code, "en") for code in Tenant.Industry.values} == set(TRADES)
    assert sample_of("travel", "zh-hans") == "travel-zh"
    assert sample_of("other", "zh-hans") == "shop-zh"


def test_a_bank_is_made_again_to_the_byte(bank: tuple[Book, Made]) -> None:
    again = made_of("bank")
    assert again[1] == bank[1]
    assert again[0].files == bank[0].files
    assert behaviour_rows(again[0]) == behaviour_rows(bank[0])


@pytest.mark.parametrize("trade", ["bank", "agency"])
def test_who_signs_up_finds_an_overdue_task_of_their_own_on_any_day(trade: str, request: pytest.FixtureRequest) -> None:
    book, made = request.getfixturevalue(trade)
    assert any(task.values["owner"] == book.staff[0].id and task.values["status"] == "open"
               and task.values["due_at"].date() == AS_OF - timedelta(days=2) for task in made[Task])


def test_a_bank_s_customers_have_accounts_loans_and_cards_some_of_which_end_soon(bank: tuple[Book, Made]) -> None:
    book, made = bank
    held = [one.values for one in made[Holding]]
    kinds = Counter(one["kind"] for one in held)
    assert all(kinds[kind] > 60 for kind in ("deposit", "loan", "card", "investment", "policy"))
    running = [one for one in held if one["status"] == "active" and one["ends_on"]]
    assert any(AS_OF <= one["ends_on"] <= AS_OF + timedelta(days=30) for one in running)
    assert all(one["ends_on"] is None or one["starts_on"] <= one["ends_on"] for one in held)
    managed = [owner for owner in book.owners if owner]
    assert len(managed) > 0.8 * len(book.owners)
    assert set(managed) == {member.id for member in book.staff}


def test_persons_and_firms_of_a_bank_have_what_is_made_for_them(bank: tuple[Book, Made]) -> None:
    book, made = bank
    kinds = {key: profile.kind for key, profile in zip(book.keys, book.profiles, strict=True)}
    for_firms, for_persons = {"Payroll service", "Letter of credit", "Company card"}, {"Mortgage", "Life insurance"}
    sold = [(one.values["name"], kinds[one.values["customer"]]) for one in made[Holding]]
    assert {kind for name, kind in sold if name in for_firms} == {"company"}
    assert {kind for name, kind in sold if name in for_persons} == {"person"}
    deals = [(one.values["name"].rpartition(": ")[2], kinds[one.values["customer"]]) for one in made[Deal]]
    assert {kind for name, kind in deals if name in ("Equipment loan", "Company cards")} == {"company"}
    assert {kind for name, kind in deals if name in for_persons} == {"person"}


def test_contracts_and_cards_lie_with_their_records(agency: tuple[Book, Made]) -> None:
    book, made = agency
    won = {one.id for one in made[Deal] if one.values["status"] == "won"}
    for one in made[File]:
        data, about = book.files[one.id], one.values["object_id"]
        is_contract = one.values["object_type"] == "sales.deal"
        assert data.startswith(b"%PDF-" if is_contract else b"\x89PNG")
        assert about in (won if is_contract else book.keys)
        assert (one.later["size"], one.later["content_type"].rpartition("/")[2]) == (
            len(data), one.values["name"].rpartition(".")[2],
        )  # fmt: skip
    assert len(made[File]) >= 5
    assert sum(map(len, book.files.values())) < 200_000


def test_those_who_left_a_bank_stopped_opening_its_app(bank: tuple[Book, Made]) -> None:
    book, _made = bank
    lives = [one for one in book.shop.lives if one.visits and one.visits[-1].day < book.shop.trade.days - 300]
    gone = {book.keys[one.number] for one in lives}
    columns, rows = behaviour_rows(book)
    who, when = columns.index("customer_id"), columns.index("happened_at")
    late = [row for row in rows if (AS_OF - row[when].date()).days < 90]
    assert len(rows) > 4_000
    assert len(gone) > 100
    assert late
    assert not [row for row in late if row[who] in gone]


def test_families_travel_under_one_telephone(agency: tuple[Book, Made]) -> None:
    book, made = agency
    ties = made[Relationship]
    assert len(ties) > 100
    profiles = dict(zip(book.keys, book.profiles, strict=True))
    for tie in ties:
        one, other = profiles[tie.values["customer"]], profiles[tie.values["other"]]
        assert (one.phone, one.family, one.address) == (other.phone, other.family, other.address)
    along = [line["name"] for one in made[Holding] for line in one.parts["people"]]
    assert len(along) > 500


def test_journeys_are_booked_before_they_begin_and_some_lie_ahead(agency: tuple[Book, Made]) -> None:
    _book, made = agency
    booked = [one for one in made[Holding] if one.values["kind"] == "booking"]
    assert all(one.values["starts_on"] > one.at.date() for one in booked)
    states = Counter(one.values["status"] for one in booked)
    assert all(states[state] > 20 for state in ("pending", "ended", "cancelled"))
    months = Counter(one.at.month for one in booked)
    assert months[1] > 1.2 * months[10]


@pytest.mark.parametrize("which", ["bank", "agency"])
def test_there_is_something_on_every_page(which: str, request: pytest.FixtureRequest) -> None:
    book, made = request.getfixturevalue(which)
    assert all(made[model] for model in made if model is not Relationship)
    assert len({one.values["status"] for one in made[Deal]}) == 3
    assert len({one.values["stage"] for one in made[Deal]}) == len(STEPS)
    assert {one.values["status"] for one in made[Lead]} == set(Lead.Status.values)
    assert {one.values["person"] for one in made[Target]} == {None, *(member.id for member in book.staff)}
    assert len(made[Customer]) > 1_000
    names = [one.values["name"] for one in made[Product]]
    assert all(name.isascii() is (which == "bank") or "é" in name for name in names)
