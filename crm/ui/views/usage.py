"""Settings: how much programs ask day by day, what the plan allows, and how much of it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.core.permissions import permit
from crm.core.quota import records_count
from crm.team.models import ApiKey, Connection, User
from crm.team.places import people_count
from crm.team.usage import NOBODY, Day, limit_here, today_count, usage_read
from crm.ui.pages import PageRequest, page, show
from tenants.context import current

DAYS, MOST_CALLERS = 30, 50


@dataclass(frozen=True)
class Meter:
    """One limit of the plan: how much is used of how much; no limit without `most`."""

    label: str
    used: int | None
    most: int | None

    @property
    def share(self) -> int:
        """In hundredths, for the bar."""
        return min(100, round(100 * (self.used or 0) / self.most)) if self.most else 0

    @property
    def is_near(self) -> bool:
        """Whether it is time to think of a larger plan."""
        return self.share >= 90


@require_GET
@page
def usage(request: PageRequest) -> HttpResponse:
    """The page."""
    permit(request.actor, "team.add_apikey")
    days = usage_read(DAYS)
    totals = [(day.on, sum(day.requests.values()), sum(day.failures.values())) for day in days]
    most = max([1, *(total for _on, total, _failed in totals)])
    context = {
        "bars": [(on, total, failed, round(100 * total / most)) for on, total, failed in totals],
        "most": most,
        "is_quiet": not any(total or failed for _on, total, failed in totals),
        "callers": callers(days),
        "meters": meters(),
        "plan": current().plan,
        "tab": "usage",
    }
    return show(request, "ui/settings/usage.html", context)


def meters() -> list[Meter]:
    """Every limit of the plan."""
    plan, limit = current().plan, limit_here()
    return [
        Meter(_("People"), people_count(), plan.people_limit),
        Meter(_("Records"), records_count(), plan.records_limit),
        Meter(_("Requests today, of all programs together"), today_count(), limit.daily or None),
        Meter(_("Requests a minute, of each program"), None, limit.burst),
    ]


def callers(days: list[Day]) -> list[dict[str, Any]]:
    """Who asked how much in all these days, the busiest first."""
    sums: dict[str, list[int]] = {}
    for day in days:
        for side, counts in enumerate((day.requests, day.failures)):
            for caller, number in counts.items():
                sums.setdefault(caller, [0, 0])[side] += number
    names = names_of_callers(sums)
    lines: dict[str, tuple[int, int]] = {}
    for caller, (total, failed) in sums.items():  # those that are gone share a line
        before = lines.get(names[caller], (0, 0))
        lines[names[caller]] = (before[0] + total, before[1] + failed)
    ordered = sorted(lines.items(), key=lambda line: (-line[1][0], -line[1][1], line[0]))[:MOST_CALLERS]
    return [{"name": name, "requests": total, "failures": failed} for name, (total, failed) in ordered]


def names_of_callers(callers: dict[str, Any]) -> dict[str, str]:
    """What people call each caller."""
    ids: dict[str, list[UUID]] = {}
    for caller in callers:
        kind, _colon, pk = caller.partition(":")
        if pk:
            ids.setdefault(kind, []).append(UUID(pk))
    names = {f"key:{one.pk}": one.name for one in ApiKey.objects.filter(pk__in=ids.get("key", ()))}
    names |= {f"user:{one.pk}": str(one) for one in User.objects.filter(pk__in=ids.get("user", ()))}
    connections = Connection.objects.select_related("app", "user").filter(pk__in=ids.get("app", ()))
    names |= {f"app:{one.pk}": str(one) for one in connections}
    names |= {NOBODY: _("Without valid credentials"), "oauth": _("Asking for tokens")}
    return {caller: names.get(caller, _("No longer here")) for caller in callers}
