"""A company's own fields go out like built-in ones, come back unchanged, and travel in the archive."""

from __future__ import annotations

import io
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.customising.services import custom_field_create
from crm.core.models import Event
from crm.core.reading import list_query, page_read
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.exchange.exporting.archive.loading import archive_load
from crm.exchange.exporting.archive.reading import archive_open
from crm.exchange.exporting.archive.writing import archive_write
from tenants.context import inside
from tenants.models import Tenant
from tenants.services import tenant_open
from tests.crm.exchange.exporting import CUSTOMER, bytes_of, exported, person, table_of
from tests.crm.exchange.running import imported, lines, reported

CHOICES = [{"value": "gold", "label": "Gold card"}, {"value": "blue", "label": "Blue card"}]
FIELDS: dict[str, tuple[dict[str, Any], Any]] = {
    "Shoe size": ({"kind": "number"}, "38.5"),
    "Card": ({"kind": "choice", "choices": CHOICES}, "gold"),
    "Budget": ({"kind": "money", "currency": "EUR"}, "1200.50"),
    "First visit": ({"kind": "date"}, "2026-02-03"),
    "Called": ({"kind": "moment"}, "2026-02-03T10:00:00Z"),
    "Likes tea": ({"kind": "yes_no"}, True),
    "Nickname": ({"kind": "text"}, "=Lin"),
    "Second phone": ({"kind": "phone"}, "+8613800138009"),
}


def fill() -> Any:
    """A customer with a value in each field."""
    values = {}
    for label, (declared, value) in FIELDS.items():
        values[custom_field_create(CUSTOMER, actor=SYSTEM, label_text=label, **declared).name] = value
    return record_save(Customer, {"name": "Custom", "number": "CF-1", **values}, actor=SYSTEM)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_they_go_out_and_come_back_unchanged(tenant: Any, format: str) -> None:
    fill()
    job = exported(format=format, params={"number": "CF-1"})
    row = table_of(job)[0]
    assert row["Card"] == "Gold card"
    assert row["Nickname"] == ("'=Lin" if format == "csv" else "=Lin")
    assert str(row["Budget (EUR)"]).startswith("1200.5")
    _job, account = imported(bytes_of(job))
    said = list(Event.objects.filter(name__endswith=".changed").values_list("before", "after"))
    assert (account.read, account.unchanged, account.updated, account.created) == (1, 1, 0, 0), said


def test_a_hidden_one_stays_out(tenant: Any) -> None:
    fill()
    actor = person("member", hidden_fields=["customers.customer.x_nickname"])
    assert "x_nickname" not in table_of(exported(format="ndjson", actor=actor), actor)[0]
    assert "x_nickname" in table_of(exported(format="ndjson"))[0]


def test_they_travel_with_everything(committed: Tenant) -> None:
    stream = io.BytesIO()
    with inside(committed):
        record = fill()
        archive_write(stream)
    target = tenant_open(slug="newcomer", name="N", email="n@n.test", password_hash="!", sample=False)
    with inside(target), archive_open(stream) as archive:
        archive_load(archive, actor=SYSTEM)
    target = Tenant.objects.get(pk=target.pk)
    with inside(target):
        query = list_query(registry[CUSTOMER], {"x_card": "gold", "search": "13800138009"}, actor=SYSTEM)
        found = page_read(query).rows
        assert [(row["id"], row["x_nickname"]) for row in found] == [(record, "=Lin")]


def several() -> str:
    """A choice of several, one of them with a comma in its name."""
    colours = [
        {"value": "red", "label": "Red"},
        {"value": "blue", "label": "Blue"},
        {"value": "sea", "label": "Sea, sky"},
    ]
    return custom_field_create(CUSTOMER, actor=SYSTEM, label_text="Colours", kind="choices", choices=colours).name


def test_a_choice_of_several_comes_back_unchanged(tenant: Any) -> None:
    record_save(Customer, {"name": "Several", "number": "CF-2", several(): ["blue", "sea"]}, actor=SYSTEM)
    job = exported(format="csv", params={"number": "CF-2"})
    assert table_of(job)[0]["Colours"] == "Blue, Sea, sky"
    _job, account = imported(bytes_of(job))
    assert (account.read, account.unchanged, account.problems) == (1, 1, [])


def test_a_choice_of_several_is_read_word_by_word(tenant: Any) -> None:
    name = several()
    cells = (
        "Red, Blue",
        "Red;Blue",
        "red|blue",
        "Red、Blue",
        '"Red\nBlue"',
        '"Sea, sky;Red"',
        "Red;Purple",
        "Purple",
        "",
    )
    rows = "\n".join(
        f"W{at},N{at},{cell if cell[:1] == chr(34) else chr(34) + cell + chr(34)}" for at, cell in enumerate(cells)
    )
    job, account = imported(f"Member number,Name,Colours\n{rows}\n".encode())
    assert account.created == len(cells)
    stored = list_query(
        registry[CUSTOMER],
        {"fields": f"number,{name}", "number__in": ",".join(f"W{at}" for at in range(9))},
        actor=SYSTEM,
    )
    found = {row["number"]: row[name] for row in page_read(stored).rows}
    both = ["red", "blue"]
    assert [found[f"W{at}"] for at in range(9)] == [both] * 5 + [["sea", "red"], ["red"], None, None]
    assert [(one.row, one.code, one.value) for one in lines(job)] == [
        (8, "choices_unknown", "Purple"),
        (9, "choice", "Purple"),
    ]
    mapped, _account = imported(b"Member number,Name,Colours\nW6,N6,Red;Purple\n", values={2: {"purple": "Blue"}})
    assert reported(mapped) == []
