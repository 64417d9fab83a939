"""A list sorted by several fields: in their order, what has no value last, page by page there and back."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.drafts import Change
from crm.core.errors import CrmError
from crm.core.reading import list_query, page_read
from crm.core.registry import registry
from crm.core.services import records_save
from crm.sales.models import Deal, Stage

AMOUNTS = ("300", "100", None, "200")
DAYS = ("2030-01-02", None, "2030-01-01")


@pytest.fixture
def deals(tenant: Any) -> None:
    """Deals of every combination of amount and day, each twice."""
    stage = Stage.objects.filter(outcome="open").order_by("pipeline", "position").first()
    assert stage is not None
    held = {"pipeline": stage.pipeline_id, "stage": stage.pk}
    pairs = [*itertools.product(AMOUNTS, DAYS)] * 2
    rows = [
        {**held, "name": f"Sorted {at}", "amount": amount, "expected_close_on": day, "competitor": "Sorting"}
        for at, (amount, day) in enumerate(pairs)
    ]
    records_save(Deal, [Change(values=row) for row in rows], actor=SYSTEM)


def walk(ordering: str, size: int) -> list[dict[str, Any]]:
    """All rows, page by page to the end; on the way back every page must be the same."""
    params = {"competitor": "Sorting", "ordering": ordering}
    query = list_query(registry[Deal._meta.label_lower], params, actor=SYSTEM)
    pages = [page_read(query, size=size)]
    while pages[-1].next:
        pages.append(page_read(query, size=size, cursor=pages[-1].next))
    for after, before in zip(reversed(pages), reversed(pages[:-1]), strict=False):
        assert [row["id"] for row in page_read(query, size=size, cursor=after.previous).rows] == [
            row["id"] for row in before.rows
        ]
    assert not pages[0].previous
    return [row for one in pages for row in one.rows]


def ranked(value: Any, falling: bool) -> tuple[bool, Any]:
    """What has no value comes last, whichever way the rest goes."""
    if value is None:
        return (True, 0)
    number = value.toordinal() if hasattr(value, "toordinal") else value
    return (False, -number if falling else number)


@pytest.mark.parametrize(
    "ordering",
    ["amount_home,expected_close_on", "-amount_home,expected_close_on", "expected_close_on,-amount_home,-name"],
)
def test_every_row_comes_once_in_order_and_the_way_back_is_the_same(deals: None, ordering: str) -> None:
    rows = walk(ordering, 5)
    assert len({row["id"] for row in rows}) == len(rows) == 24
    names = [one for one in ordering.split(",") if one.removeprefix("-") != "name"]
    keys = [[ranked(row[one.removeprefix("-")], one.startswith("-")) for one in names] for row in rows]
    assert keys == sorted(keys)
    assert [row["id"] for row in walk(ordering, 100)] == [row["id"] for row in rows]


def test_what_cannot_be_sorted_by_is_refused(deals: None) -> None:
    deal = registry[Deal._meta.label_lower]
    for ordering in ("name,notes", "name,-name", "name,amount_home,closed_on,stage_at", "name,", ","):
        with pytest.raises(CrmError) as refused:
            list_query(deal, {"ordering": ordering}, actor=SYSTEM)
        assert refused.value.code == "unknown_ordering", ordering


def test_page_and_program_sort_alike(deals: None, client_for: Any, key_client: Any) -> None:
    query = "competitor=Sorting&ordering=expected_close_on,-amount_home&fields=name,expected_close_on,amount_home"
    page = client_for("owner").get(f"/deals/?{query}").content.decode()
    assert '<span class="sort-n num">2</span>' in page
    assert "ordering=expected_close_on%2Camount_home" in page
    told = key_client().get(f"/api/v1/deals/?{query}&page_size=7").json()
    names = [row["name"] for row in told["results"]]
    assert [page.index(f"{name}</span>") for name in names] == sorted(page.index(f"{name}</span>") for name in names)
    more = key_client().get(told["next"]).json()
    assert len({row["id"] for row in (*told["results"], *more["results"])}) == 14
    bad = key_client().get(f"/api/v1/deals/?{query}&cursor=bm90aGluZw")
    assert bad.status_code == 400
