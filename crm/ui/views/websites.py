"""Settings: the piece of script for the company's websites; and where those tell what their visitors do."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.customers.models import WebSnippet
from crm.customers.services.websites import snippet_change, snippet_read, visits_take
from crm.team.company import KEEP
from crm.ui.pages import PageRequest, go, page, show, toast_later
from crm.ui.views.accounts import sentences
from tenants.rates import Bound, is_over
from tenants.standing import schema_here

SCRIPT = Path(__file__).parent.parent / "static" / "ui" / "visits.js"
MOST_BYTES = 8 * 1024
A_MINUTE, FROM_ADDRESS, OF_COMPANY = 60, 120, 3_000
HOUR = 3600
EXAMPLE = "https://shop.example"
IDENTIFY = "\n".join(
    f'(window.kith = window.kith || []).push(["identify", {{{who}}}]);'
    for who in ('ext: "shop:4711"', 'number: "M-1024"', 'email: "lin@shop.example"')
)
TRACK = 'kith.push(["track", "cart", "Espresso cup", 12.5]);\nkith.push(["forget"]);'


@require_http_methods(["GET", "POST"])
@page
def website(request: PageRequest) -> HttpResponse:
    """Which websites are heard, and what to put into them."""
    permit(request.actor, KEEP)
    problems: list[str] = []
    row = snippet_read()
    typed = "\n".join(row.origins) if row else ""
    if request.method == "POST":
        is_new_key = "new_key" in request.POST
        typed = typed if is_new_key else str(request.POST.get("origins", "")).replace("\x00", "")
        try:
            snippet_change(typed.split(), actor=request.actor, is_new_key=is_new_key)
        except CrmError as refusal:
            problems = sentences(refusal)
        else:
            toast_later(request, _("The old key is no longer heard.") if is_new_key else _("Saved."))
            return go(request, reverse("ui:website"))
    context = {
        "origins": typed,
        "snippet": snippet_of(request, row) if row and row.origins else "",
        "heard_at": row.heard_at if row else None,
        "example": EXAMPLE,
        "identify": IDENTIFY,
        "track": TRACK,
        "problems": problems,
        "tab": "website",
    }
    return show(request, "ui/settings/website.html", context, status=422 if problems else 200)


def snippet_of(request: HttpRequest, row: WebSnippet) -> str:
    """What goes into the pages of a website."""
    address = request.build_absolute_uri(reverse("ui:visits-script"))
    return f'<script async src="{address}" data-key="{row.key}"></script>'


@cache
def script() -> bytes:
    """The script, read once."""
    return SCRIPT.read_bytes()


@require_GET
def visits_script(request: HttpRequest) -> HttpResponse:
    """The script that websites load: the same for all, and it knows nothing."""
    headers = {"Cache-Control": f"public, max-age={HOUR}", "Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(script(), content_type="text/javascript; charset=utf-8", headers=headers)


@csrf_exempt
@require_http_methods(["POST", "OPTIONS"])
def visits(request: HttpRequest) -> HttpResponse:
    """What a visitor did. Only listed websites are answered, and whether anything was kept is told to none."""
    row, origin = snippet_read(), request.headers.get("Origin", "")
    if row is None or origin not in row.origins:
        return JsonResponse({"code": "unknown_website"}, status=403)
    response = HttpResponse(status=204) if request.method == "OPTIONS" else answered(request, row)
    response["Access-Control-Allow-Origin"], response["Vary"] = origin, "Origin"
    if request.method == "OPTIONS":
        response["Access-Control-Allow-Methods"], response["Access-Control-Allow-Headers"] = "POST", "Content-Type"
        response["Access-Control-Max-Age"] = str(HOUR)
    return response


def answered(request: HttpRequest, row: WebSnippet) -> HttpResponse:
    """Nothing, or why it cannot be read; measured before it is looked at."""
    company = Bound(f"visits:{schema_here()}", OF_COMPANY, A_MINUTE)
    if is_over("visits", request, FROM_ADDRESS, A_MINUTE) or company.wait():
        return JsonResponse({"code": "too_many_requests"}, status=429, headers={"Retry-After": str(A_MINUTE)})
    raw = request.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        return JsonResponse({"code": "too_large"}, status=413)
    told = read(raw)
    if not isinstance(told, dict) or told.get("key") != row.key:
        return JsonResponse({"code": "unknown_key"}, status=403)
    try:
        visits_take(told, row)
    except CrmError as refusal:
        return JsonResponse({"code": refusal.code, "detail": str(refusal.message)}, status=refusal.status)
    return HttpResponse(status=204)


def read(raw: bytes) -> Any:
    """The JSON of a body; None where it is none."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
