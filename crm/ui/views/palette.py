"""Finding things: the palette over every noun, choosers of links, and the list of shortcuts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics.reports.keeping import ready_open, reports_open
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.figures import every_figures
from crm.core.merging import permission
from crm.core.permissions import is_hidden
from crm.core.reading import list_query, page_read, record_read
from crm.core.registry import Resource, registry
from crm.core.samples import MARK
from crm.team.models import User
from crm.ui.actions import Action
from crm.ui.addresses import record_address
from crm.ui.pages import PageRequest, page, part
from crm.ui.people import USER
from crm.ui.referring import ANY, by_weight, is_about_any, nouns_searched
from crm.ui.settings_menu import menu_of

MADE_FIRST, LETTERS = 6, 3
EACH, CHOICES, MOST_OF_ANY = 5, 8, 20
RECORD = re.compile(r"/(?P<slug>[a-z][a-z0-9-]*)/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/\Z")


@dataclass(frozen=True)
class Hit:
    """One line of the palette."""

    title: str
    address: str
    icon: str
    note: str = ""
    act: str = ""  # of an action: `dialog` where it asks for something first, else `post`


@require_GET
@page
def palette(request: PageRequest) -> HttpResponse:
    """What can be done to the record at hand; search records over nouns, go to a page, create."""
    words = str(request.GET.get("q", "")).strip()[:100]
    groups = [(label, matching(hits, words)) for label, hits in doable(request)]
    made, there = creatable(request.actor), places(request)
    if words:
        meant = [hit for hit in there if is_meant(hit, words)]
        groups += [(_("Go to"), meant)]
        groups += [(str(one.name_plural), hits_of(one, words, request.actor)) for one in nouns_searched(request.actor)]
        groups += [(_("Go to"), matching([hit for hit in there if hit not in meant], words))]
        groups += [(_("Create"), matching(made, words)), (_("Reports"), matching(reports_of(request.actor), words))]
    else:  # what one does, before where one goes
        groups += [(_("Create"), made[:MADE_FIRST]), (_("Go to"), there)]
    template = "ui/parts/palette_rows.html" if "q" in request.GET else "ui/parts/palette.html"
    return part(request, template, {"groups": [(label, hits) for label, hits in groups if hits], "words": words})


def doable(request: PageRequest) -> list[tuple[str, list[Hit]]]:
    """The actions of the record whose page is under the palette, as its own page offers them."""
    found = RECORD.search(urlsplit(request.htmx.current_url or "").path) if request.htmx else None
    resource = registry.by_slug(found["slug"]) if found else None
    if found is None or resource is None or not request.actor.may(resource.permission("view")):
        return []
    try:
        stored = record_read(resource, UUID(found["id"]), actor=request.actor)
    except CrmError:  # it went while its page was open
        return []
    mine = [one for one in resource.verbs if one.is_for_people and request.actor.may(one.permission(resource))]
    seen = [one for one in mine if one.available(stored)]
    hits = [
        Hit(str(one.label), reverse("ui:verb", args=[resource, stored["id"], one.name]), one.icon, str(one.description),
            "dialog" if one.inputs else "post")
        for one in map(Action.of, seen)
    ]  # fmt: skip
    if request.actor.may(resource.permission("change")):
        hits.append(Hit(_("Edit"), reverse("ui:edit", args=[resource, stored["id"]]), "pencil"))
    return [(str(stored[resource.title] or resource.name)[:60], hits)]


def reports_of(actor: Actor) -> list[Hit]:
    """The reports that can be read."""
    kept = [Hit(one.name, reverse("ui:report", args=[one.pk]), "report-analytics") for one in reports_open(actor)]
    return kept + [Hit(one.name, reverse("ui:report", args=[one.key]), "report-analytics") for one in ready_open(actor)]


def note_field(resource: Resource) -> str:
    """The field that tells two of one name apart: how to reach it, else to whom it belongs, else when it was."""
    shown = [
        spec for spec in resource.specs.values() if spec.name not in ("owner", resource.title) and not spec.sensitive
    ]
    for kinds in (("email", "phone"), ("link", "reference"), ("date", "moment")):
        for spec in shown:
            if spec.kind in kinds:
                return spec.name
    return ""


def hits_of(resource: Resource, words: str, actor: Actor) -> list[Hit]:
    """The records of one noun that hold the words."""
    return [
        Hit(title, record_address(resource.label, record_id), resource.icon, note)
        for record_id, title, note in found(resource, words, actor, EACH)
    ]


def found(resource: Resource, words: str, actor: Actor, size: int) -> list[tuple[str, str, str]]:
    """Id, title and a note of the records that hold the words."""
    note = note_field(resource)
    names = (resource.title, note, MARK)
    fields = [name for name in names if name and not is_hidden(resource, name, actor)]
    query = list_query(resource, {"search": words} if words else {}, actor=actor, fields=fields)
    return [
        (str(row["id"]), str(row.get(resource.title) or _("(no name)"))[:100], noted(row, note))
        for row in page_read(query, size=size).rows
    ]


def found_of_any(words: str, actor: Actor) -> list[tuple[str, str, str]]:
    """The records that something may be about, each with its noun; without words some of the noun of most weight."""
    nouns = [one for one in nouns_searched(actor) if not is_about_any(one)]
    return [
        (f"{one.label}:{record_id}", title, " · ".join(filter(None, (str(one.name), note))))
        for one in (nouns if words else nouns[:1])
        for record_id, title, note in found(one, words, actor, EACH)
    ][:MOST_OF_ANY]


def noted(row: Mapping[str, Any], note: str) -> str:
    """What stands beside a title: that it is of the sample, and what tells it from others."""
    words = [_("Sample") if row.get(MARK) else "", note_text(row.get(note))]
    return " · ".join(word for word in words if word)


def note_text(value: object) -> str:
    """A note as text; a link by its title, a moment by its day."""
    if isinstance(value, dict):
        return str(value["title"])
    return "" if value is None else str(value)[:40] if not hasattr(value, "isoformat") else value.isoformat()[:10]


def places(request: PageRequest) -> list[Hit]:
    """Where one can go."""
    actor = request.actor
    fixed = [
        (_("Home"), "home", "home"),
        (_("Who to call first"), "call-first", "phone-call"),
        (_("Calendar"), "calendar", "calendar"),
        (_("Dashboards"), "dashboards", "layout-dashboard"),
        (_("Reports"), "reports", "report-analytics"),
        (_("Models"), "models", "chart-dots-3"),
        (_("Imports"), "imports", "file-import"),
        (_("Bulk changes"), "bulk-jobs", "checks"),
        (_("Settings"), "settings", "settings"),
    ]
    figures = [
        Hit(str(one.label), reverse("ui:figures", args=[one.name]), one.icon)
        for one in every_figures
        if one.may(actor)
    ]
    settings = [Hit(str(one.label), one.address, one.icon) for group in menu_of(actor) for one in group.entries]
    lists = [
        Hit(str(one.name_plural), reverse("ui:list", args=[one]), one.icon)
        for one in by_weight()
        if one.in_navigation and actor.may(one.permission("view"))
    ]
    aside = [one for resource in registry for one in beside(resource, actor)]
    pages = [Hit(title, reverse(f"ui:{name}"), icon) for title, name, icon in fixed]
    return [*pages, *lists, *figures, *aside, *settings]


def beside(resource: Resource, actor: Actor) -> list[Hit]:
    """The pages that a noun has beside its list: its pool, its duplicates."""
    found, name = [], str(resource.name_plural)
    if resource.pool and actor.may(resource.permission("view")):
        found.append(Hit(f"{_('Pool')}: {name}", reverse("ui:pool", args=[resource]), "pool"))
    if resource.alike is not None and actor.may(permission(resource)):
        found.append(Hit(f"{_('Duplicates')}: {name}", f"{reverse('ui:duplicates')}?noun={resource.slug}", "copy"))
    return found


def creatable(actor: Actor) -> list[Hit]:
    """What can be made."""
    return [
        Hit(_("New %(noun)s") % {"noun": str(one.name).lower()}, reverse("ui:new", args=[one]), "plus")
        for one in by_weight()
        if one.in_navigation and actor.may(one.permission("add"))
    ]


def is_meant(hit: Hit, words: str) -> bool:
    """Whether a page is called just so, or begins with three letters of it: it stands before all records."""
    title, said = hit.title.casefold(), words.casefold()
    return title == said or (len(said) >= LETTERS and title.startswith(said))


def matching(hits: list[Hit], words: str) -> list[Hit]:
    """The lines that hold the words."""
    return [hit for hit in hits if words.casefold() in hit.title.casefold()]


@require_GET
@page
def choose(request: PageRequest, label: str) -> HttpResponse:
    """The choices of a link's control."""
    words = str(request.GET.get("q", "")).strip()[:100]
    if label == USER:
        people = User.objects.filter(Q(name__icontains=words) | Q(email__icontains=words), is_active=True).order_by(
            "name", "email"
        )[:CHOICES]
        rows = [(str(one.pk), str(one), (one.email or "") if one.name else "") for one in people]
    elif label == ANY:
        rows = found_of_any(words, request.actor)
    else:
        resource = registry.get(label)
        if resource is None:
            raise CrmError("not_found", _("There is no such noun."), status=404)
        rows = found(resource, words, request.actor, CHOICES)
    return part(request, "ui/parts/choose_rows.html", {"rows": rows})


@require_GET
@page
def shortcuts(request: PageRequest) -> HttpResponse:
    """What the keyboard can do."""
    keys = [
        ("⌘K / Ctrl K", _("Search and go anywhere")),
        ("?", _("This list")),
        ("/", _("Search in the list")),
        ("c", _("Create here")),
        ("e", _("Edit the record")),
        ("w", _("Write about the record")),
        ("g h", _("Go home")),
        ("j / k", _("Next or previous row")),
        ("Enter", _("Open the row")),
        ("d", _("Do what the line offers")),
        (_("Space"), _("Look at the row beside the list")),
        ("F2", _("Edit the row where it stands; Tab goes on")),
        ("⌘S / Ctrl S", _("Save the form")),
        ("Esc", _("Close")),
    ]
    return part(request, "ui/parts/shortcuts.html", {"keys": keys})
