"""What is kept of a customer: birth dates of two calendars, numbers with check digits, companies in companies."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.merging import records_merge
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.birthdays import age_on, lunar_read, next_birthday
from crm.customers.models import Customer
from crm.customers.services.birthdays import birthdays_pass


def saved(pk: Any = None, **values: Any) -> Customer:
    """A customer with these values, new or changed."""
    name = {} if pk else {"name": "Facts & Co"}
    return Customer.objects.get(pk=record_save(Customer, {**name, **values}, actor=SYSTEM, id=pk))


def refusals(pk: Any = None, **values: Any) -> dict[str, str]:
    """What is said against these values, by field."""
    with pytest.raises(CrmError) as told:
        saved(pk, **values)
    errors: Any = told.value.details["errors"]
    return {one["pointer"]: one["message"] for one in errors}


@pytest.mark.parametrize(
    ("lunar", "solar"),
    [  # from the Hong Kong Observatory's conversion tables
        ("2024-01-01", date(2024, 2, 10)),
        ("1990-05-05", date(1990, 5, 28)),
        ("2023-L02-01", date(2023, 3, 22)),
        ("2020-08-15", date(2020, 10, 1)),
        ("2023-01-30", None),
        ("2024-L02-01", None),
        ("1990-13-01", None),
        ("yesterday", None),
    ],
)
def test_a_day_of_the_chinese_calendar_is_a_day_of_ours(lunar: str, solar: date | None) -> None:
    assert lunar_read(lunar) == solar


def test_birthdays_of_both_calendars_and_of_the_29th_of_february() -> None:
    assert next_birthday(date(1990, 2, 3), "", date(2026, 2, 3)) == date(2026, 2, 3)
    assert next_birthday(date(1990, 2, 3), "", date(2026, 2, 4)) == date(2027, 2, 3)
    assert next_birthday(date(2000, 2, 29), "", date(2026, 2, 1)) == date(2026, 2, 28)
    assert next_birthday(date(1990, 5, 28), "1990-05-05", date(2026, 1, 1)) == date(2026, 6, 19)  # 端午 of 2026
    assert next_birthday(date(1990, 1, 26), "1989-12-30", date(2026, 1, 1)) == date(2026, 2, 16)  # the eve of 丙午
    assert (age_on(date(2000, 2, 29), date(2026, 2, 27)), age_on(date(2000, 2, 29), date(2026, 2, 28))) == (25, 26)
    assert age_on(date(2030, 1, 1), date(2026, 1, 1)) is None


def test_age_and_birthday_follow_from_the_date_and_go_with_it(tenant: Any) -> None:
    one = saved(born_on="1990-02-03")
    assert one.age
    assert one.age >= 36
    assert one.next_birthday_on
    assert (one.next_birthday_on.month, one.next_birthday_on.day) == (2, 3)
    lunar = saved(one.pk, born_lunar="1990-05-05")
    assert lunar.born_on == date(1990, 5, 28)
    gone = saved(one.pk, born_on=None, born_lunar="")
    assert (gone.age, gone.next_birthday_on) == (None, None)
    assert "/born_lunar" in refusals(born_lunar="1990-13-05")


def test_the_night_makes_those_a_year_older_whose_birthday_has_passed(tenant: Any) -> None:
    one = saved(born_on="1990-02-03")
    Customer.objects.filter(pk=one.pk).update(age=1, next_birthday_on=date(1992, 2, 3))
    assert birthdays_pass(date(2027, 2, 4)) >= 1
    one.refresh_from_db()
    assert (one.age, one.next_birthday_on) == (37, date(2028, 2, 3))


@pytest.mark.parametrize("number", ["91110000600037341L", "DE136695976", "12-3456789", "12345", "GB AND MORE"])
def test_tax_numbers_that_can_be_right_are_taken(tenant: Any, number: str) -> None:
    assert saved(tax_id=number).tax_id == number


@pytest.mark.parametrize("number", ["91110000600037342L", "DE136695977"])
def test_tax_numbers_with_a_wrong_check_digit_are_refused(tenant: Any, number: str) -> None:
    assert list(refusals(tax_id=number)) == ["/tax_id"]


def test_a_company_is_never_its_own_parents_parent(tenant: Any) -> None:
    top = saved(name="Top Holding")
    middle = saved(name="Middle Ltd", parent=top.pk)
    bottom = saved(name="Bottom GmbH", parent=middle.pk)
    told = refusals(top.pk, parent=bottom.pk)["/parent"]
    # What was chosen is named, not who stands between: whoever asks may not see them
    assert ("Bottom GmbH" in told, "Middle Ltd" in told) == (True, False)
    assert list(refusals(top.pk, parent=top.pk)) == ["/parent"]
    top.refresh_from_db()
    assert top.parent_id is None
    assert saved(bottom.pk, parent=top.pk).parent_id == top.pk


def test_a_time_zone_is_one_that_there_is(tenant: Any) -> None:
    assert saved(time_zone="Asia/Shanghai").time_zone == "Asia/Shanghai"
    assert list(refusals(time_zone="Shanghai")) == ["/time_zone"]


def test_an_id_document_is_masked_on_the_page_of_everybody(tenant: Any, client_for: Any) -> None:
    one = saved(id_document="G12345678")
    for role in ("member", "manager", "owner"):
        text = client_for(role).get(f"/customers/{one.pk}/").content.decode()
        assert "G12345678" not in text
        assert "•78" in text


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("phone", "没有"),
        ("phone", "12345"),
        ("phone", "abc"),
        ("phone", "+8612345"),
        ("other_phones", ["+8613800138000", "abc"]),
        ("born_on", "2930-01-01"),
        ("country", "XX"),
        ("country", "Atlantis"),
        ("language", "klingon"),
        ("id_document", "330106199002030003"),
        ("id_document", "33010619900203000x"),
        ("gender", "a word that is longer than any choice"),
        ("nps_score", 11),
        ("csat_scale", 1),
    ],
)
def test_a_value_that_nothing_can_be_is_refused_at_its_field(tenant: Any, name: str, wrong: Any) -> None:
    before = Customer.objects.count()
    assert list(refusals(**{name: wrong})) == [f"/{name}"]
    assert Customer.objects.count() == before


@pytest.mark.parametrize(
    ("name", "wrong", "mended"),
    [
        ("gender", {"kind": "company", "gender": "female"}, {"gender": ""}),
        ("province", {"country": "CN", "province": "加州"}, {"country": "US"}),
        ("city", {"country": "CN", "province": "江苏省", "city": "杭州市"}, {"province": "浙江"}),
        ("csat_score", {"csat_score": "6", "csat_scale": 5}, {"csat_scale": 7}),
        ("csat_score", {"csat_score": "4", "csat_scale": None}, {"csat_scale": 5}),
        ("born_on", {"born_on": "1990-05-29", "born_lunar": "1990-05-05"}, {"born_on": "1990-05-28"}),
    ],
)
def test_values_that_do_not_go_together_are_told_unless_they_stood_there(
    tenant: Any, name: str, wrong: dict[str, Any], mended: dict[str, Any]
) -> None:
    assert list(refusals(**wrong)) == [f"/{name}"]
    one = saved(**wrong | mended)
    assert list(refusals(one.pk, **wrong)) == [f"/{name}"]
    Customer.objects.filter(pk=one.pk).update(**wrong)  # as an earlier version kept it
    assert saved(one.pk, notes="called").notes == "called"


def test_what_a_merge_fills_in_goes_with_what_is_there(tenant: Any) -> None:
    kept = saved(kind="company", country="CN", province="江苏省", csat_scale=5, csat_score=4)
    other = saved(gender="female", province="浙江省", city="杭州市", nps_score=9)
    records_merge(registry["customers.customer"], [kept.pk, other.pk], actor=SYSTEM)
    kept.refresh_from_db()
    assert (kept.gender, kept.city, kept.nps_score, kept.csat_score) == ("", "", 9, 4)


@pytest.mark.parametrize(
    "place", [("CN", "内蒙"), ("CN", "浙江杭州"), ("CN", "Zhejiang"), ("CN", "香港"), ("US", "加州"), ("", "加州")]
)
def test_provinces_as_people_write_them_are_kept(tenant: Any, place: tuple[str, str]) -> None:
    country, province = place
    assert saved(country=country, province=province).province == province


def test_what_is_refused_names_the_choices(tenant: Any) -> None:
    assert "is not one of the choices" in refusals(gender="a word that is longer than any choice")["/gender"]
    assert "Atlantis" in refusals(country="Atlantis")["/country"]


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("country", "de", "DE"),
        ("country", "中国", "CN"),
        ("country", "United Kingdom", "GB"),
        ("language", "zh_CN", "zh-hans"),
        ("language", "法语", "fr"),
        ("language", "pt-BR", "pt-br"),
        ("phone", "(212) 555-0123 ext. 4", "+12125550123x4"),
        ("phone", "070-123 45 67", "0701234567"),
        ("id_document", "330106199002030002", "330106199002030002"),
        ("id_document", "G12345678", "G12345678"),
    ],
)
def test_what_is_meant_is_kept_by_its_code(tenant: Any, name: str, typed: str, kept: str) -> None:
    assert getattr(saved(**{name: typed}), name) == kept


def test_the_form_offers_countries_languages_and_time_zones(tenant: Any, client_for: Any) -> None:
    page = client_for("member").get("/customers/new/").content.decode()
    for option in ('<option value="DE"', '<option value="zh-hans"', '<option value="Asia/Shanghai"'):
        assert option in page
