"""Finding things: the palette over every noun, choosers of links, and the list of shortcuts."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.core.actors import Actor
from crm.core.customising.noting import MANAGE
from crm.core.errors import CrmError
from crm.core.reading import list_query, page_read
from crm.core.registry import Resource, registry
from crm.team.models import User
from crm.ui.addresses import record_address
from crm.ui.pages import PageRequest, page, part
from crm.ui.people import USER

EACH, CHOICES = 5, 8


@dataclass(frozen=True)
class Hit:
    """One line of the palette."""

    title: str
    address: str
    icon: str
    note: str = ""


@require_GET
@page
def palette(request: PageRequest) -> HttpResponse:
    """Search records over nouns, go to a page, create; an empty query shows where one can go."""
    words = str(request.GET.get("q", "")).strip()[:100]
    groups = (
        [(str(one.name_plural), hits_of(one, words, request.actor)) for one in searchable(request.actor)]
        if words
        else []
    )
    groups += [(_("Go to"), matching(places(request), words)), (_("Create"), matching(creatable(request.actor), words))]
    template = "ui/parts/palette_rows.html" if "q" in request.GET else "ui/parts/palette.html"
    return part(request, template, {"groups": [(label, hits) for label, hits in groups if hits], "words": words})


def searchable(actor: Actor) -> list[Resource]:
    """The nouns that can be searched by this actor."""
    return [one for one in registry if one.search and one.in_navigation and actor.may(one.permission("view"))]


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
    fields = [name for name in (resource.title, note) if name and f"{resource.label}.{name}" not in actor.hidden_fields]
    query = list_query(resource, {"search": words} if words else {}, actor=actor, fields=fields)
    return [
        (str(row["id"]), str(row.get(resource.title) or _("(no name)"))[:100], note_text(row.get(note)))
        for row in page_read(query, size=size).rows
    ]


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
        (_("Models"), "models", "chart-dots-3"),
        (_("Imports"), "imports", "file-import"),
        (_("Bulk changes"), "bulk-jobs", "checks"),
        (_("Settings"), "settings", "settings"),
        (_("People"), "people", "users-group"),
        (_("API keys"), "keys", "key"),
    ]
    if actor.may(MANAGE):
        fixed.append((_("Fields"), "custom-fields", "forms"))
    lists = [
        Hit(str(one.name_plural), reverse("ui:list", args=[one]), one.icon)
        for one in registry
        if one.in_navigation and actor.may(one.permission("view"))
    ]
    return lists + [Hit(title, reverse(f"ui:{name}"), icon) for title, name, icon in fixed]


def creatable(actor: Actor) -> list[Hit]:
    """What can be made."""
    return [
        Hit(_("New %(noun)s") % {"noun": str(one.name).lower()}, reverse("ui:new", args=[one]), "plus")
        for one in registry
        if one.in_navigation and actor.may(one.permission("add"))
    ]


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
