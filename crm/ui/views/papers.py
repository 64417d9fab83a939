"""Papers: as a file, as a link to hand out, and the page behind that link, which asks for no log-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from crm.core.errors import CrmError
from crm.core.papers import Paper, Visitor, paper_of, token_make, visitor_of
from crm.core.registry import Resource
from crm.core.verbs import verb_run
from crm.ui.actions import Action
from crm.ui.inputs import Entry, blame, posted_entries, values_of
from crm.ui.pages import PageRequest, page, part
from tenants.context import current
from tenants.rates import address_of, is_over

MOST, SECONDS = 60, 600  # answers from one address
HEADERS = {"Cache-Control": "no-store, private", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


def pdf(paper: Paper) -> HttpResponse:
    """The paper as a file."""
    draw = import_module("crm.core.papers.pdf").paper_pdf  # the font and what sets it are loaded by the first who asks
    name = f'inline; filename="{paper.file_name}.pdf"'
    return HttpResponse(draw(paper), "application/pdf", headers={**HEADERS, "Content-Disposition": name})


@require_GET
@page
def file(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """A record's paper, for the people of the company."""
    return pdf(paper_of(resource, record_id, actor=request.actor))


@require_GET
@page
def link(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """A link to hand out."""
    token = token_make(resource, record_id, actor=request.actor)
    address = request.build_absolute_uri(reverse("ui:paper-open", args=[token]))
    return part(request, "ui/papers/link_dialog.html", {"link": address, "resource": resource})


@dataclass(frozen=True)
class Ask:
    """One thing that whoever holds the link may do."""

    verb: Action
    entries: list[Entry]
    address: str
    is_refused: bool = False


def asks_of(visitor: Visitor, token: str, refused: str, typed: Sequence[Entry]) -> list[Ask]:
    """What may be done, with what was typed where it was refused."""
    found = []
    for verb in (visitor.resource.verb_names[name] for name in visitor.outgoing.verbs):
        fresh = [Entry.of_value(one.spec, None, one.spec.name) for one in verb.inputs.values()]
        entries = list(typed) if verb.name == refused else fresh
        address = reverse("ui:paper-answer", args=[token, verb.name])
        found.append(Ask(Action.of(verb), entries, address, verb.name == refused))
    return found


def shown(request: HttpRequest, token: str, visitor: Visitor, *, status: int = 200, **more: Any) -> HttpResponse:
    """What whoever holds the link sees."""
    asks = asks_of(visitor, token, more.pop("refused", ""), more.pop("typed", ()))
    as_file = reverse("ui:paper-open-file", args=[token])
    context = {"paper": visitor.paper, "asks": asks, "file": as_file, "is_wide": True}
    return bare(request, "ui/papers/open.html", {**context, **more}, status)


def dead(request: HttpRequest) -> HttpResponse:
    """The answer to a link that opens nothing, whatever is wrong with it."""
    text = _("This link is not good, or no longer. Ask whoever gave it to you for a new one.")
    return bare(request, "ui/papers/dead.html", {"text": text}, 404)


def bare(request: HttpRequest, template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
    """A page for a stranger: kept nowhere, found by no search engine."""
    answer = render(request, template, {"tenant": current(), **context}, status=status)
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer


@require_GET
def paper_open(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link."""
    with timezone.override(current().time_zone):
        visitor = visitor_of(token)
        return shown(request, token, visitor) if visitor else dead(request)


@require_GET
def paper_open_file(request: HttpRequest, token: str) -> HttpResponse:
    """The file behind the link."""
    with timezone.override(current().time_zone):
        visitor = visitor_of(token)
        return pdf(visitor.paper) if visitor else dead(request)


@csrf_exempt  # the link itself is what lets in: nothing that a browser sends by itself counts
@require_POST
def paper_answer(request: HttpRequest, token: str, verb: str) -> HttpResponse:
    """What whoever holds the link does: what its noun lets out, and once."""
    with timezone.override(current().time_zone):
        visitor = visitor_of(token)
        if visitor is None or verb not in visitor.outgoing.verbs:
            return dead(request)
        if is_over("paper", request, MOST, SECONDS):
            problems = [_("Too many tries. Wait ten minutes, then try again.")]
            return shown(request, token, visitor, status=429, problems=problems)
        return answered(request, token, visitor, verb)


def answered(request: HttpRequest, token: str, visitor: Visitor, verb: str) -> HttpResponse:
    """Do it; who comes after the answer sees how it stands."""
    here = HttpResponseRedirect(reverse("ui:paper-open", args=[token]))
    if not visitor.paper.is_open:
        return here
    entries = posted_entries([one.spec for one in visitor.resource.verb_names[verb].inputs.values()], request.POST)
    values = values_of(entries)
    name, address = str(values.get("name") or ""), address_of(request)
    actor = visitor.actor(verb, name=name, address=address, request_id=uuid4().hex)
    try:
        verb_run(visitor.resource, verb, visitor.record.pk, actor=actor, inputs=values)
    except CrmError as refusal:
        again = visitor_of(token)
        if again is None or not again.paper.is_open:
            return here
        problems = blame(refusal, entries) if refusal.code == "invalid" else [str(refusal.message)]
        typed = list(entries.values())
        return shown(request, token, again, status=refusal.status, problems=problems, refused=verb, typed=typed)
    return here
