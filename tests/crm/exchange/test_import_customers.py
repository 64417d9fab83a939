"""A shop owner's own messy file: every row stored or reported, nothing dropped in silence."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.exchange.analysis import NOTES, Choices
from crm.exchange.models import ImportJob
from crm.exchange.services import (
    import_account,
    import_analyse,
    import_confirm,
    import_corrected,
    import_run,
    import_start,
    import_undo,
)
from tenants.context import inside
from tenants.models import Outbox, Tenant
from tests.crm.exchange.files import messy_workbook, workbook
from tests.crm.exchange.running import imported, lines, reported

CUSTOMERS = registry["customers.customer"].model


@pytest.fixture
def chinese(tenant: Tenant) -> Tenant:
    """A tenant in China, as far as this test's connection knows."""
    tenant.region, tenant.time_zone = "CN", "Asia/Shanghai"
    return tenant


def stored(number: str) -> dict[str, object]:
    """A live customer by member number."""
    return CUSTOMERS._default_manager.filter(deleted_at=None).values().get(number=number)


def test_it_finds_the_header_below_the_title_and_proposes_a_field_for_every_column(chinese: Tenant) -> None:
    job = import_start(messy_workbook(), label="customers.customer", actor=SYSTEM, filename="名单.xlsx")
    found = import_analyse(job, actor=SYSTEM)
    assert (found.format, found.header_row, found.rows, found.warnings) == ("xlsx", 3, 10, [])
    assert [column.target for column in found.columns] == [
        "name",
        "phone",
        "email",
        "number",
        "city",
        "gender",
        "born_on",
        "opening_spend",
        NOTES,
    ]
    assert found.questions == []
    assert [(row.row, row.is_refused) for row in found.worst[:2]] == [(11, True), (10, False)]
    assert len(found.worst[1].problems) == 5


def test_every_row_of_a_messy_workbook_is_accounted_for(chinese: Tenant) -> None:
    job, account = imported(messy_workbook())
    assert (account.read, account.created, account.merged, account.refused) == (10, 6, 1, 1)
    assert (account.skipped, account.blank) == (2, 1)
    assert account.records == {"customers.customer": {"created": 6}}
    assert reported(job) == [
        (1, "title_row", "skipped"),
        (6, "second_value", "note"),
        (7, "merged", "merged"),
        (9, "repeated_header", "skipped"),
        (10, "digits_lost", "left_out"),
        (10, "email", "left_out"),
        (10, "choice", "left_out"),
        (10, "date", "left_out"),
        (10, "number", "left_out"),
        (11, "required", "refused"),
        (12, "same_key_other_name", "note"),
        (13, "refused", "left_out"),
        (14, "total_row", "skipped"),
    ]


def test_values_arrive_as_what_they_mean(chinese: Tenant) -> None:
    imported(messy_workbook())
    one, two, three = stored("V001"), stored("V002"), stored("V003")
    assert (one["phone"], one["opening_spend"], one["born_on"], one["gender"]) == (
        "+8613800138000",
        Decimal(12000),
        date(1990, 3, 5),
        "male",
    )
    assert (two["phone"], two["born_on"], two["opening_spend"]) == ("+8613900139000", date(1991, 3, 5), Decimal(3500))
    assert three["phone"] == "+8613700137000"
    assert (three["other_phones"], "+861012345678" in str(three["notes"])) == (["+861012345678"], False)
    assert stored("V006")["opening_spend"] is None
    assert one["notes"] == "喜欢的颜色: 红"


def test_digits_that_a_spreadsheet_destroyed_are_reported_and_never_stored(chinese: Tenant) -> None:
    job, _account = imported(messy_workbook())
    assert stored("V004")["phone"] == ""
    line = next(line for line in lines(job) if line.code == "digits_lost")
    assert (line.column, line.value) == ("手机号", "1.38E+10")
    assert "1.38E+10" in line.message
    assert line.fix


def test_problems_speak_the_readers_language(chinese: Tenant) -> None:
    job, _account = imported(messy_workbook())
    with translation.override("zh-hans"):
        said = {line.code: line.message for line in lines(job)}
    assert said["total_row"] == "这是合计行，不是记录。"


def test_the_same_file_again_changes_nothing(chinese: Tenant) -> None:
    imported(messy_workbook())
    _job, again = imported(messy_workbook())
    assert (again.created, again.updated, again.unchanged, again.merged, again.refused) == (0, 0, 6, 1, 1)


def test_a_row_finds_its_record_by_member_number_then_phone_then_address(chinese: Tenant) -> None:
    imported(messy_workbook())
    changed = workbook(
        [
            ["会员号", "姓名", "手机", "邮箱", "城市"],
            ["V001", "张伟", "", "", "苏州"],
            ["", "王芳", "139 0013 9000", "", "天津"],
            ["", "孙强", "", "SQ@example.com", "无锡"],
        ]
    )
    _job, account = imported(changed)
    assert (account.updated, account.created) == (3, 0)
    assert [stored(n)["city"] for n in ("V001", "V002", "V006")] == ["苏州", "天津", "无锡"]


def test_an_outside_number_finds_its_record_again(chinese: Tenant) -> None:
    rows = [["External ID", "Name"], ["a-1", "Ann"], ["a-2", "Bob"]]
    imported(workbook(rows))
    _job, account = imported(workbook([["External ID", "Name"], ["a-1", "Ann Smith"], ["a-3", "Cid"]]))
    assert (account.updated, account.created) == (1, 1)


def test_empty_cells_blank_nothing(chinese: Tenant) -> None:
    imported(messy_workbook())
    _job, account = imported(workbook([["会员号", "姓名", "城市", "备注"], ["V001", "张伟", "", "常客"]]))
    assert account.updated == 1
    assert stored("V001")["city"] == "上海"
    assert stored("V001")["notes"] == "喜欢的颜色: 红\n常客"


@pytest.mark.parametrize(
    ("mode", "created", "updated", "code"), [("create", 1, 0, "mode_create"), ("update", 0, 1, "mode_update")]
)
def test_only_new_or_only_known_records_may_be_wanted(
    chinese: Tenant, mode: str, created: int, updated: int, code: str
) -> None:
    imported(workbook([["会员号", "姓名"], ["V001", "张伟"]]))
    job, account = imported(workbook([["会员号", "姓名"], ["V001", "张小伟"], ["V002", "王芳"]]), mode=mode)
    assert (account.created, account.updated, account.skipped) == (created, updated, 1)
    assert [found[1:] for found in reported(job)] == [(code, "skipped")]


def test_two_members_with_one_phone_stay_two(chinese: Tenant) -> None:
    rows = [["会员号", "姓名", "手机"], ["1", "张伟", "13800138000"], ["2", "李娜", "13800138000"]]
    _job, account = imported(workbook(rows))
    assert account.created == 2


def test_an_ambiguous_date_column_is_one_question(chinese: Tenant) -> None:
    rows = [["姓名", "生日"], ["张伟", "03/04/1990"], ["王芳", "05/06/1991"]]
    job = import_start(workbook(rows), label="customers.customer", actor=SYSTEM, filename="a.xlsx")
    found = import_analyse(job, actor=SYSTEM)
    assert [(q.column, q.code, q.default, q.examples) for q in found.questions] == [
        (1, "day_month", "dmy", ("03/04/1990", "05/06/1991"))
    ]
    choices = found.proposal()
    choices.answers[1] = "mdy"
    import_confirm(job, choices, actor=SYSTEM, background=False)
    import_run(job.pk)
    assert set(CUSTOMERS._default_manager.filter(name="张伟").values_list("born_on", flat=True)) == {date(1990, 3, 4)}


def test_first_and_last_name_make_a_name(tenant: Tenant) -> None:
    imported(b"First Name,Last Name\nAnn,Smith\n\xe4\xbc\x9f,\xe5\xbc\xa0\n")
    assert set(CUSTOMERS._default_manager.filter(name__in=["Ann Smith", "张伟"]).values_list("name", flat=True)) == {
        "Ann Smith",
        "张伟",
    }


def test_refused_rows_come_back_as_a_file_that_can_be_mended_and_imported(chinese: Tenant) -> None:
    job, _account = imported(messy_workbook())
    text = b"".join(import_corrected(job)).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    assert header[:3] == ["姓名", "手机号", "邮箱"]
    assert header[-3:] == ["Kith row", "Kith problem", "Kith fix"]
    assert [row[-3] for row in rows] == ["11"]
    mended = text.replace(",13600136000", "周七,13600136000")
    _again, account = imported(mended.encode())
    assert (account.read, account.created) == (1, 1)


def test_a_family_may_share_a_phone_and_stays_apart(chinese: Tenant) -> None:
    rows = [["姓名", "手机"], ["周强", "13700137001"], ["李娜", "13700137001"], ["周强", "13700137001"]]
    job, account = imported(workbook(rows))
    assert (account.created, account.merged) == (2, 1)
    assert reported(job) == [(3, "same_key_other_name", "note"), (4, "merged", "merged")]
    _job, again = imported(workbook(rows))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    _job, grown = imported(workbook([["姓名", "手机"], ["周小明", "13700137001"]]))
    assert grown.created == 1
    assert set(CUSTOMERS._default_manager.filter(phone="+8613700137001").values_list("name", flat=True)) == {
        "周强",
        "李娜",
        "周小明",
    }


def test_a_formula_leaves_as_text(chinese: Tenant) -> None:
    job, _account = imported("姓名,邮箱,城市\n,a@b.cn,=HYPERLINK(1)\n".encode())
    assert b"'=HYPERLINK(1)" in b"".join(import_corrected(job))


def test_scores_are_asked_for_when_it_is_done(chinese: Tenant) -> None:
    before = Outbox.objects.filter(task="analytics.tasks.refresh").count()
    imported(messy_workbook())
    assert Outbox.objects.filter(task="analytics.tasks.refresh").count() == before + 1


def test_undo_takes_back_what_nobody_has_touched(chinese: Tenant) -> None:
    before = CUSTOMERS._default_manager.filter(deleted_at=None).count()
    job, _account = imported(messy_workbook())
    touched = stored("V002")["id"]
    imported(workbook([["会员号", "姓名", "城市"], ["V002", "王芳", "厦门"]]))
    undone = import_undo(job, actor=SYSTEM, background=False)
    assert undone.state == ImportJob.State.UNDONE
    assert undone.account["undo"] == {"customers.customer": {"deleted": 5, "changed": 1}}
    assert CUSTOMERS._default_manager.filter(deleted_at=None).count() == before + 1
    assert stored("V002")["id"] == touched
    assert (5, "undo_changed", "note") in reported(undone)


def test_a_record_that_others_point_at_stays(chinese: Tenant) -> None:
    job, _account = imported(messy_workbook())
    imported("订单号,客户,日期\nA1,V001,2024-03-05\n".encode(), "sales.order")
    undone = import_undo(job, actor=SYSTEM, background=False)
    assert undone.account["undo"]["customers.customer"]["in_use"] == 1
    assert stored("V001")


def test_an_import_is_undone_once(chinese: Tenant) -> None:
    job, _account = imported(messy_workbook())
    import_undo(job, actor=SYSTEM, background=False)
    with pytest.raises(Exception, match="only once"):
        import_undo(job, actor=SYSTEM, background=False)


def test_an_import_is_started_once(chinese: Tenant) -> None:
    job, account = imported(messy_workbook())
    with pytest.raises(Exception, match="started already"):
        import_confirm(job, Choices.from_json(job.choices), actor=SYSTEM, background=False)
    assert import_account(import_run(job.pk)) == account


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({0: "name", 1: "name"}, "same field"),
        ({0: "churn_band"}, "no field"),
        ({0: "city", 1: "country"}, "No column gives"),
    ],
)
def test_choices_that_cannot_be_carried_out_are_refused(chinese: Tenant, targets: dict[int, str], message: str) -> None:
    job = import_start(workbook([["a", "b"], ["c", "d"]]), label="customers.customer", actor=SYSTEM, filename="a.xlsx")
    with pytest.raises(Exception, match=message):
        import_confirm(job, Choices(header_row=1, targets=targets), actor=SYSTEM, background=False)
    job.refresh_from_db()
    assert job.state == ImportJob.State.UPLOADED


def test_the_other_tenant_sees_nothing_of_it(chinese: Tenant, other: Tenant) -> None:
    job, _account = imported(messy_workbook())
    with inside(other):
        assert not ImportJob.objects.filter(pk=job.pk).exists()
        assert not CUSTOMERS._default_manager.filter(number="V001").exists()
    assert ImportJob.objects.filter(pk=job.pk).exists()
