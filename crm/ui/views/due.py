"""The queue of one's work on home: asked right after the page, so that no page waits for it."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from analytics.worklist import NOUN, worklist
from crm.core.registry import registry
from crm.exchange.readiness import calls_missing
from crm.ui.pages import PageRequest, page, part
from crm.ui.queue import queue_of
from crm.ui.views.composing import task_of
from tenants.context import current

SHOWN, CALLED = 15, 15


@require_GET
@page
def due(request: PageRequest) -> HttpResponse:
    """The lines, over all nouns."""
    found = queue_of(request.actor, worklist(request.actor, CALLED))
    context: dict[str, object] = {"items": found[:SHOWN], "n": len(found), "currency": current().currency}
    context["may_task"] = task_of(registry[NOUN], request.actor) is not None
    context["missing"] = "" if found else calls_missing(request.actor)
    return part(request, "ui/parts/queue.html", context)
