"""Names sort and are found in any script."""

from __future__ import annotations

import pytest
from django.db import connection

from crm.core.fields import phone_normal, uuid7
from crm.core.names import name_key, search_query, search_terms, search_vector
from tenants.models import Tenant


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Émile Zola", "emile zola"),
        ("单田芳", "shan tian fang"),
        ("仇英", "qiu ying"),
        ("曾国藩", "zeng guo fan"),
        ("王单", "wang dan"),
        ("\uff21\uff22\uff23 公司", "abc gong si"),
        ("  Two   words ", "two words"),
        ("", ""),
    ],
)
def test_a_name_sorts_by_its_letters_or_its_pinyin(name: str, key: str) -> None:
    assert name_key(name) == key


def test_chinese_is_found_by_characters_pairs_pinyin_and_initials() -> None:
    assert {"张", "三", "张三", "zhangsan", "zs"} <= set(search_terms("张三"))
    assert {"shanxiong", "danxiong"} <= set(search_terms("单雄"))


@pytest.mark.parametrize("typed", ["8000", "13800138000", "0138000", "8613800138000", "86138", "138000"])
def test_a_number_is_found_by_any_end_of_four_digits_and_by_its_beginning(tenant: Tenant, typed: str) -> None:
    assert found(["+8613800138000"], typed)


@pytest.mark.parametrize("typed", ["000", "0138", "3800138", "18000"])
def test_a_number_is_not_found_by_its_middle_or_by_another_end(tenant: Tenant, typed: str) -> None:
    assert not found(["+8613800138000"], typed)
    assert not found(["Ann 2024"], "024")


@pytest.mark.parametrize(
    "typed",
    [
        "+1 503-555-0147",
        "503-555-0147",
        "(503) 555-0147",
        "+1 (503) 555.0147",
        "1 503 555 0147",
        "503\u2013555\u20130147",
    ],
)
def test_a_telephone_is_found_however_its_digits_are_grouped(tenant: Tenant, typed: str) -> None:
    assert found(["Ann Lee", "+15035550147"], typed)
    assert found(["Ann Lee", "+15035550147"], f"ann {typed} lee")
    assert not found(["Ann Lee", "+15035550148"], typed)
    assert not found(["Bob", "+15035550147"], f"ann {typed}")


def test_a_telephone_is_found_as_it_is_dialled_in_its_country(tenant: Tenant) -> None:
    for typed in ("020 7946 0958", "02079460958", "+44 (0)20 7946 0958", "00442079460958"):
        assert found(["+442079460958"], typed), typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("2026-11-22", "2026-11-22"),
        ("A-1001", "A-1001"),
        ("Order 2026 11 22 of Ann", "22 11 2026"),
        ("ANN-2026-000123", "ann-2026-000123"),
        ("Jean-Luc Picard", "jean-luc"),
        ("Room 1001-2002", "1001-2002"),
    ],
)
def test_numbers_that_are_no_telephones_are_found_by_their_groups(tenant: Tenant, text: str, typed: str) -> None:
    assert found([text], typed)


def found(texts: list[str], typed: str) -> bool:
    """Whether a row of these texts is found."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [search_vector(" ".join(texts)), search_query(typed)])
        return bool(cursor.fetchone()[0])


def test_what_people_type_becomes_safe_terms() -> None:
    assert search_query("ann 张三丰") == "'ann':* & '张三' & '三丰'"
    assert search_query("o'neil & <->:*!") == "'o':* & 'neil':*"
    assert search_query(" \n") == ""


@pytest.mark.parametrize(
    ("typed", "region", "kept"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("+44 20 7946 0958", "US", "+442079460958"),
        ("010-12345678 ext 12", "CN", "+861012345678x12"),
        ("call me", "US", "call me"),
        ("12", "US", "12"),
    ],
)
def test_a_phone_is_kept_in_one_form_or_as_typed(typed: str, region: str, kept: str) -> None:
    assert phone_normal(typed, region) == kept


def test_ids_sort_by_their_time_of_birth() -> None:
    ids = [uuid7() for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert {i.version for i in ids} == {7}
    assert [i.int >> 80 for i in ids] == sorted(i.int >> 80 for i in ids)
