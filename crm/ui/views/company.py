"""Settings: the company; beside each field what a change of it means."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from babel.core import Locale
from babel.numbers import get_currency_name
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.team.company import FIELDS, KEEP, company_change, company_changes, company_read, has_amounts, offered
from crm.team.models import User
from crm.ui.cells import babel_locale
from crm.ui.pages import PageRequest, go, page, show, toast_later
from crm.ui.views.accounts import sentences
from tenants.models import Tenant


@require_http_methods(["GET", "POST"])
@page
def company(request: PageRequest) -> HttpResponse:
    """The form, and what was changed lately."""
    permit(request.actor, KEEP)
    problems: list[str] = []
    values, is_bound = company_read(), has_amounts()
    if request.method == "POST":
        typed = {name: str(request.POST[name]) for name in FIELDS if name in request.POST}
        try:
            company_change(typed, actor=request.actor)
        except CrmError as refusal:
            problems, values = sentences(refusal), values | typed
        else:
            toast_later(request, _("Saved."))
            return go(request, reverse("ui:company"))
    context = {
        "values": values,
        "is_bound": is_bound,
        "choices": {name: choices(name) for name in FIELDS[1:]},
        "changes": changes(),
        "problems": problems,
        "tab": "company",
    }
    return show(request, "ui/settings/company.html", context, status=422 if problems else 200)


def choices(name: str) -> list[tuple[str, str]]:
    """The values of a field and what people call them, in the order of their names."""
    if name == "time_zone":
        return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]
    words = worded(name)
    return sorted(((code, str(words.get(code, code))) for code in offered(name)), key=lambda one: one[1])


def worded(name: str) -> dict[str, Any]:
    """What people call the values of a field."""
    locale = Locale.parse(babel_locale(get_language() or "en"))
    match name:
        case "industry":
            return dict(Tenant.Industry.choices)
        case "locale":
            return dict(settings.LANGUAGES)
        case "region":
            return dict(locale.territories)
    return {code: f"{code} · {get_currency_name(code, locale=locale)}" for code in offered("currency")}


def changes() -> list[dict[str, Any]]:
    """Each change: when, by whom, from what to what."""
    labels = {
        "name": _("Company"), "industry": _("Industry"), "locale": _("Language"), "region": _("Country"),
        "currency": _("Currency"), "time_zone": _("Time zone"),
    }  # fmt: skip
    events = company_changes()
    people = {str(one.pk): str(one) for one in User.objects.filter(pk__in=[e.actor_id for e in events if e.actor_id])}
    return [
        {
            "at": event.at,
            "by": people.get(str(event.actor_id), ""),
            "lines": [(labels[name], (event.before or {}).get(name), new) for name, new in (event.after or {}).items()],
        }
        for event in events
    ]
