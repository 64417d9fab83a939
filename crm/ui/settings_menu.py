"""What Settings leads to, in groups, each with a line that says what it is for; nobody is led where they may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.apps import apps
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from crm.core.actors import Actor
from crm.core.customising.noting import MANAGE
from crm.core.registry import Resource, registry
from crm.exchange.exporting.archive.contents import PERMISSION as WHOLE
from crm.exchange.samples.removal import PERMISSION as REMOVE_SAMPLE
from crm.team.company import KEEP


@dataclass(frozen=True)
class Entry:
    """One page: where it is, what it is called and for, and who is led there."""

    name: str  # of the page, as the pages themselves say where they are
    address: str
    icon: str
    label: str | Promise
    purpose: str | Promise
    permission: str = ""

    @property
    def words(self) -> str:
        """What a search looks in."""
        return f"{self.label} {self.purpose}".lower()


@dataclass(frozen=True)
class Group:
    """Pages that belong together."""

    label: str
    entries: list[Entry]


ME = (
    Entry("profile", "profile", "user", gettext_lazy("My profile"), gettext_lazy("Name, language, looks and password")),
    Entry(
        "sign-ins", "sign-ins", "devices", gettext_lazy("Where I am logged in"),
        gettext_lazy("Your browsers, and how to log them out"),
    ),
    Entry(
        "notifications", "notification-ways", "bell", gettext_lazy("Notifications"),
        gettext_lazy("What you are told, in the bell and by mail"),
    ),
)  # fmt: skip
PEOPLE = (
    Entry(
        "company", "company", "building", gettext_lazy("Company"),
        gettext_lazy("Name, country, currency and time zone"), KEEP,
    ),
    Entry("people", "people", "users", gettext_lazy("People"), gettext_lazy("Who works here; invite, hand over")),
    Entry(
        "roles", "roles", "shield-lock", gettext_lazy("Roles"),
        gettext_lazy("Who may see and do what, down to single fields"), "team.view_role",
    ),
)  # fmt: skip
RECORDS = (
    Entry(
        "fields", "custom-fields", "forms", gettext_lazy("Fields"),
        gettext_lazy("What else you want to know about your records"), MANAGE,
    ),
    Entry(
        "layouts", "layouts", "layout-list", gettext_lazy("Layouts"),
        gettext_lazy("What stands where on record pages and forms, for whom"), MANAGE,
    ),
)  # fmt: skip
PROGRAMS = (
    Entry("keys", "keys", "key", gettext_lazy("API keys"), gettext_lazy("Let your own programs in"), "team.add_apikey"),
    Entry(
        "apps", "apps", "plug-connected", gettext_lazy("Connected apps"),
        gettext_lazy("Programs of others, by OAuth"),
    ),
    Entry(
        "website", "website", "world-www", gettext_lazy("Website"),
        gettext_lazy("A script for your pages: what customers do there"), KEEP,
    ),
    Entry(
        "usage", "usage", "chart-bar", gettext_lazy("Usage and limits"),
        gettext_lazy("How much is used, and how much there is"), "team.add_apikey",
    ),
)  # fmt: skip
DATA = (
    Entry(
        "data", "data", "database-export", gettext_lazy("Data"),
        gettext_lazy("Everything you have, as one file"), WHOLE,
    ),
    Entry(
        "sample", "sample", "flask", gettext_lazy("Sample data"),
        gettext_lazy("Look whether it is there; take it away"), REMOVE_SAMPLE,
    ),
)  # fmt: skip


def page_called(name: str) -> str:
    """What a page is called, above it as in the menu."""
    own = [one.label for one in (*ME, *PEOPLE, *RECORDS, *PROGRAMS, *DATA) if one.name == name]
    return str(own[0]) if own else _("Settings")


def menu_of(actor: Actor) -> list[Group]:
    """The groups that the actor is led to."""
    kept = [one for one in registry if one.in_settings and actor.may(one.permission("view"))]
    found = [
        Group(_("You"), pages(ME, actor)),
        Group(_("People and rights"), [*pages(PEOPLE, actor), *nouns(kept, "team")]),
        Group(_("Records"), pages(RECORDS, actor)),
        *(Group(title(module), list(nouns(kept, module))) for module in modules(kept) if module != "team"),
        Group(_("Programs"), pages(PROGRAMS, actor)),
        Group(pgettext("settings", "Data"), pages(DATA, actor)),
    ]
    return [one for one in found if one.entries]


def pages(entries: Iterable[Entry], actor: Actor) -> list[Entry]:
    """Those of these pages that the actor may open, with their addresses."""
    own = [one for one in entries if not one.permission or actor.may(one.permission)]
    return [replace(one, address=reverse(f"ui:{one.address}")) for one in own]


def nouns(kept: Iterable[Resource], module: str) -> Iterator[Entry]:
    """The kinds of record of a module that set up the work."""
    for one in kept:
        if one.module == module:
            yield Entry("", reverse("ui:list", args=[one]), one.icon, one.name_plural, one.purpose)


def modules(kept: Iterable[Resource]) -> list[str]:
    """Their modules, each once."""
    return list(dict.fromkeys(one.module for one in kept))


def title(module: str) -> str:
    """What a module is called."""
    return str(apps.get_app_config(module).verbose_name)
