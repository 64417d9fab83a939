"""The company itself: its name, what it sells, its language, country, currency and time zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel.numbers import get_territory_currencies
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from phonenumbers import SUPPORTED_REGIONS

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.models import Event
from crm.core.permissions import permit
from crm.core.registry import Resource, registry
from tenants.context import current
from tenants.forms import readable
from tenants.hosts import forget
from tenants.models import Tenant

COMPANY, KEEP = "team.tenant", "team.manage_company"
FIELDS = ("name", "industry", "locale", "region", "currency", "time_zone")


def company_read() -> dict[str, str]:
    """As it is at this moment: what a process remembers may be a second old."""
    told: dict[str, str] = Tenant.objects.values(*FIELDS).get(pk=current().pk)
    return told


@transaction.atomic
def company_change(values: Mapping[str, Any], *, actor: Actor) -> dict[str, str]:
    """Change what is named, with an Event; the currency only while no amount of the company's own is counted in it."""
    permit(actor, KEEP)
    wanted = {name: judged(name, value) for name, value in values.items()}
    Tenant.objects.select_for_update().only("pk").get(pk=current().pk)
    before = company_read()
    wanted = {name: value for name, value in wanted.items() if value != before[name]}
    if "currency" in wanted and has_amounts():
        text = _("The currency stays %(currency)s: amounts of your own are already counted in it.")
        raise wrong("currency", text % {"currency": before["currency"]})
    if wanted:
        Tenant.objects.filter(pk=current().pk).update(**wanted)
        old = {name: before[name] for name in wanted}
        events_write([Fact(f"{COMPANY}.changed", COMPANY, uuid7(), old, wanted)], actor)
        forget()
    return before | wanted


def company_changes() -> list[Event]:
    """What was changed lately, the latest first."""
    return list(Event.objects.filter(object_type=COMPANY, name=f"{COMPANY}.changed").order_by("-seq")[:10])


def has_amounts() -> bool:
    """Whether records that are no sample hold amounts in the company's currency."""
    return any(
        resource.model._default_manager.filter(amounts, is_sample=False).exists() for resource, amounts in counted()
    )


def counted() -> Iterator[tuple[Resource, Q]]:
    """The nouns with amounts that were turned into the company's currency, or have no other; and where one stands."""
    for resource in registry:
        columns = {column.name for column in resource.model._meta.concrete_fields}
        money = [spec.name for spec in resource.plain.specs.values() if spec.kind == "money" and spec.name in columns]
        if money and ("currency" not in columns or "exchange_rate" in columns):
            yield resource, Q(*((f"{name}__gt", 0) for name in money), _connector=Q.OR)


@cache
def currencies() -> frozenset[str]:
    """The currencies that some country pays with today."""
    return frozenset(code for region in SUPPORTED_REGIONS for code in get_territory_currencies(region))


def offered(name: str) -> frozenset[str]:
    """What a field may say; the name is free."""
    match name:
        case "industry":
            return frozenset(Tenant.Industry.values)
        case "locale":
            return frozenset(dict(settings.LANGUAGES))
        case "region":
            return frozenset(SUPPORTED_REGIONS)
        case "currency":
            return currencies()
    return frozenset(available_timezones())


def judged(name: str, value: Any) -> str:
    """One value, refused by name where it says nothing that is known."""
    if not isinstance(value, str):
        raise wrong(name, _("Must be a text."))
    if name == "name":
        clean = readable(value)
        if not any(c.isalnum() for c in clean) or len(clean) > 100:
            raise wrong(name, _("Please write the name of your company."))
        return clean
    if value not in offered(name):
        raise wrong(name, _("Unknown: %(names)s") % {"names": value[:80]})
    return value


def wrong(name: str, message: str) -> CrmError:
    """The refusal of one value."""
    errors = [{"pointer": f"/{name}", "code": "bad_value", "message": message}]
    return CrmError("invalid", message, status=422, errors=errors)
