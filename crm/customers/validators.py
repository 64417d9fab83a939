"""What a value about a customer must look like."""

from __future__ import annotations

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum.cn import ric, uscc
from stdnum.eu import vat

from crm.core.countries import zones
from crm.core.days import day_here
from crm.customers.birthdays import lunar_read

SOCIAL_CREDIT = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}\Z")
EUROPEAN = re.compile(rf"(?:{'|'.join(code.upper() for code in sorted(vat.MEMBER_STATES))}|EL)[0-9A-Z+*]{{2,13}}\Z")
RESIDENT = re.compile(r"[1-6]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]\Z", re.ASCII)
SEPARATORS = re.compile(r"[\s.\-]")


def tax_id_check(value: str) -> None:
    """Numbers whose kind can be told have the right check digit; what another country gives is taken as it is."""
    text = SEPARATORS.sub("", value).upper()
    if SOCIAL_CREDIT.match(text) and not uscc.is_valid(text):
        raise ValidationError(_("Is not a right unified social credit code: the check digit does not fit."), "tax_id")
    if EUROPEAN.match(text) and re.search("[0-9]", text) and not vat.is_valid(text):
        raise ValidationError(_("Is not a right VAT number of %(country)s.") % {"country": text[:2]}, "tax_id")


def lunar_check(value: str) -> None:
    """A day that the Chinese calendar has."""
    if lunar_read(value) is None:
        raise ValidationError(_("Is no day of the Chinese calendar; write it like 1990-05-05 or 1990-L05-05."), "lunar")


def time_zone_check(value: str) -> None:
    """A time zone that there is."""
    if value not in zones():
        raise ValidationError(_("Is no time zone; write it like Asia/Shanghai."), "time_zone")


def id_document_check(value: str) -> None:
    """A Chinese resident's number has the right check digit; of other documents nothing can be told."""
    text = SEPARATORS.sub("", value).upper()
    if RESIDENT.match(text) and ric.calc_check_digit(text) != text[-1]:
        raise ValidationError(_("Is not a right resident number: the check digit does not fit."), "id_document")


def born_check(value: date) -> None:
    """A day that has been."""
    if value > day_here():
        raise ValidationError(_("Lies in the future."), "born_in_future")
