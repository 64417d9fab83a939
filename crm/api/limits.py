"""Limits as the API tells them: `RateLimit-Policy`, `RateLimit`, and 429 with `Retry-After`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework.request import Request

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.team.usage import DAY, NOBODY, WINDOW, Limit, Standing, count, failure_note, limit_here
from tenants.rates import address_of

STANDING, LINE, OWN_LIMIT = "kith.standing", "kith.usage_line", "kith.own_limit"


def counted(request: Request, actor: Actor | None) -> None:
    """Count the request for whoever calls: a program, a person, or an address without credentials."""
    meta = request.META
    caller = f"{actor.kind}:{actor.id}" if actor else f"address:{address_of(request._request)}"
    line = caller if actor else NOBODY
    standing = count(caller, limit_here(meta.get(OWN_LIMIT)), line=line)
    meta[STANDING], meta[LINE] = standing, line
    if standing and standing.refused_by:
        raise too_many(standing)


def too_many(standing: Standing) -> CrmError:
    """The refusal of one request too many."""
    sentence = ngettext(
        "Too many requests. Try again in %(seconds)s second.",
        "Too many requests. Try again in %(seconds)s seconds.",
        standing.wait,
    ) % {"seconds": standing.wait}
    if standing.refused_by == "daily":
        sentence = _("The plan's requests of today are used up. They begin again at midnight UTC.")
    return CrmError("too_many_requests", sentence, status=429, retry_after=standing.wait)


def headers_of(meta: dict[str, Any], status: int) -> dict[str, str]:
    """What every answer says of the limits; a failed one is counted beside its caller's requests."""
    standing: Standing | None = meta.get(STANDING)
    if status >= 400 and status != 429 and meta.get(LINE):
        failure_note(meta[LINE])
    limit = standing.limit if standing else limit_here(meta.get(OWN_LIMIT))
    found = {"RateLimit-Policy": policy(limit)}
    if standing:
        found["RateLimit"] = left(standing)
    return found


def policy(limit: Limit) -> str:
    """`"burst";q=100;w=60, "daily";q=10000;w=86400`."""
    burst = f'"burst";q={limit.burst};w={WINDOW}'
    return f'{burst}, "daily";q={limit.daily};w={DAY}' if limit.daily else burst


def left(standing: Standing) -> str:
    """`"burst";r=57;t=21, "daily";r=9000;t=3600`."""
    burst = f'"burst";r={standing.burst_left};t={standing.burst_reset}'
    daily = f'"daily";r={standing.daily_left};t={standing.daily_reset}'
    return f"{burst}, {daily}" if standing.limit.daily else burst
