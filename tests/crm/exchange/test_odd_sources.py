"""Files as other systems write them: lists of JSON, web pages called workbooks, Japanese years; and imports stopped."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from analytics.reasons import reason_label
from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.exchange.cleaning.dates import DAY_FIRST, text_moment
from crm.exchange.exporting.cells import structure_text
from crm.exchange.models import ImportJob
from crm.exchange.privacy import forget
from crm.exchange.services import (
    import_analyse,
    import_cancel,
    import_confirm,
    import_run,
    import_start,
    import_undo,
    import_unprocessed,
)
from tests.crm.exchange.running import imported, lines, reported

ROWS = [{"name": "Ann Odd", "email": "ann@odd.example"}, "no object", {"name": "Bo Odd", "email": "bo@odd.example"}]
PAGE = """<html xmlns:x="urn:x"><head><meta charset="utf-8"><style>td{color:red}</style>
</head><body><table><tr><td>menu</td></tr></table><table border=1><tr><th>Name<th>Email<th colspan=2>City</tr>
<tr><td>Ann &amp; Co</td><td>ann@odd.example</td><td>Köln<br>Mitte</td><td></td></tr>
<tr><td><b>Bo</b> Odd</td><td>bo@odd.example</td><td>Oslo</td></tr></table></body></html>"""


def named() -> set[str]:
    """The customers of these tests."""
    return set(Customer.objects.filter(email__endswith="@odd.example", deleted_at=None).values_list("name", flat=True))


@pytest.mark.parametrize("is_list", [False, True], ids=["lines", "list"])
def test_objects_of_json_are_rows_numbered_as_they_stand(tenant: Any, *, is_list: bool) -> None:
    text = json.dumps(ROWS, indent=1) if is_list else "\n".join(map(json.dumps, ROWS))
    job, account = imported(text.encode())
    assert (account.read, account.created, account.refused) == (3, 2, 1)
    assert reported(job) == [(2, "not_an_object", "refused")]
    assert named() == {"Ann Odd", "Bo Odd"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_web_page_called_a_workbook_is_read_by_its_table(tenant: Any, encoding: str) -> None:
    _job, account = imported(PAGE.encode(encoding))
    assert (account.read, account.created) == (2, 2)
    assert named() == {"Ann & Co", "Bo Odd"}
    assert Customer.objects.get(name="Ann & Co", email="ann@odd.example").city == "Köln Mitte"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和6年5月1日", date(2024, 5, 1)),
        ("令和元年12月31日", date(2019, 12, 31)),
        ("R6.1.2", date(2024, 1, 2)),
        ("H31/4/30", date(2019, 4, 30)),
        ("昭和60年 1月 2日", date(1985, 1, 2)),
    ],
)
def test_japanese_years_are_read(text: str, day: date) -> None:
    found = text_moment(text, DAY_FIRST)
    assert found is not None
    assert found.date() == day
    assert text_moment("X6.1.2", DAY_FIRST) is None
    assert text_moment("R6.13.2", DAY_FIRST) is None


def test_reasons_are_sentences_in_a_file_for_people_and_data_in_one_for_programs() -> None:
    reasons = [{"feature": "recency_days", "value": 90.0, "label": "old", "direction": "up", "points": 12.0}]
    assert structure_text(False, reasons) == reason_label("recency_days", 90.0) == "No order for 90 days"
    assert json.loads(structure_text(True, reasons) or "") == reasons
    assert structure_text(False, {"other": 1}) == '{"other": 1}'


def begun(rows: int) -> ImportJob:
    """A confirmed import of so many people, not begun."""
    people = "".join(f"P{n} Odd,p{n}@odd.example\n" for n in range(rows))
    file = io.BytesIO(f"name,email\n{people}".encode())
    job = import_start(file, label="customers.customer", actor=SYSTEM, filename="f")
    return import_confirm(job, import_analyse(job, actor=SYSTEM).proposal(), actor=SYSTEM, background=False)


def test_a_cancelled_import_keeps_what_it_stored_says_how_far_it_came_and_can_be_undone(tenant: Any) -> None:
    job = begun(3)

    def stop(latest: ImportJob) -> None:
        assert import_cancel(latest, actor=SYSTEM).state == "cancelled"

    job = import_run(job.pk, progress=stop)
    assert (job.state, job.failure) == ("cancelled", "cancelled")
    assert (job.failure_details["done"], len(named())) == (job.rows_done, job.rows_done)
    with pytest.raises(CrmError, match="waiting or running"):
        import_cancel(job, actor=SYSTEM)
    assert import_undo(job, actor=SYSTEM, background=False).state == "undone"
    assert named() == set()


def test_an_import_that_waits_stores_nothing_once_it_is_cancelled(tenant: Any) -> None:
    job = import_cancel(begun(2), actor=SYSTEM)
    assert import_run(job.pk).state == "cancelled"
    assert named() == set()
    left = list(csv.reader(io.StringIO(b"".join(import_unprocessed(job)).decode("utf-8-sig"))))
    assert [row[0] for row in left[1:]] == ["P0 Odd", "P1 Odd"]


@pytest.mark.parametrize(("word", "state"), [("p1@odd.example", "failed"), ("nobody@odd.example", "done")])
def test_an_import_does_not_write_an_erased_person_back(tenant: Any, word: str, state: str) -> None:
    pk = record_save(Customer, {"name": "Erased", "email": word}, actor=SYSTEM)
    job = begun(3)
    forget({"customers.customer": [pk]}, [word, "Erased"])
    assert import_run(job.pk).state == state
    assert ("P1 Odd" in named()) is (state == "done")


def test_a_date_of_two_meanings_below_the_rows_that_were_looked_at_is_told(tenant: Any, monkeypatch: Any) -> None:
    for name in ("MOST_ROWS", "BLOCK"):
        monkeypatch.setattr(f"crm.exchange.analysing.{name}", 1)
    table = "name,email,born_on\nP1 Odd,p1@odd.example,1990-02-01\nP2 Odd,p2@odd.example,03/04/1991\n"
    job, _account = imported(table.encode(), targets={2: "born_on"})
    assert reported(job) == [(1, "ambiguous_date", "note")]
    assert lines(job)[0].value == "03/04/1991"
