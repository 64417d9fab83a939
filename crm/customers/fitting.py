"""What values of a customer, and of an address, must have to do with each other."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.core.fits import Fit
from crm.customers.birthdays import lunar_read
from crm.customers.choices import Kind
from crm.customers.regions import is_city_there, is_province

Values = Mapping[str, Any]


def has_no_companys_gender(row: Values) -> bool:
    """A company is neither."""
    return not row["gender"] or row["kind"] != Kind.COMPANY


def is_one_birthday(row: Values) -> bool:
    """Both calendars lead to the same day."""
    return not row["born_lunar"] or row["born_on"] is None or row["born_on"] == lunar_read(row["born_lunar"])


def is_on_its_scale(row: Values) -> bool:
    """A score without a scale says nothing."""
    score, best = row["csat_score"], row["csat_scale"]
    return score is None or (best is not None and Decimal(0) <= score <= best)


PLACE = (
    Fit(
        "province",
        "province",
        ("country", "province"),
        lambda row: is_province(row["country"], row["province"]),
        _("China has no such province."),
    ),
    Fit(
        "city_elsewhere",
        "city",
        ("country", "province", "city"),
        lambda row: is_city_there(row["country"], row["province"], row["city"]),
        _("This city lies in another province."),
    ),
)
CUSTOMER = (
    Fit("gender", "gender", ("kind", "gender"), has_no_companys_gender, _("A company has no gender: leave it empty.")),
    Fit(
        "two_birthdays",
        "born_on",
        ("born_on", "born_lunar"),
        is_one_birthday,
        _("Is another day than the lunar date of birth, which the date follows from: change that one, or empty it."),
        by=("born_on",),
    ),
    Fit(
        "csat",
        "csat_score",
        ("csat_score", "csat_scale"),
        is_on_its_scale,
        _("Goes from 0 to the best possible, which must be given, too."),
    ),
    *PLACE,
)
