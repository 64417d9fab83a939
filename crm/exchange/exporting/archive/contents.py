"""Which tables an archive holds, and which not, and why: every table of a company is in one of the two lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from crm.core.models import Record
from crm.core.registry import Part, registry

NAME, VERSION = "kith-archive", 1
PERMISSION = "team.archive_tenant"  # no role but the owner's holds it
ROLE, USER, EVENT, CUSTOM = "team.role", "team.user", "core.event", "core.customfield"
# Tables beside the nouns and their parts; roles and people first, because others point at them.
CARRIED = (
    ROLE,
    USER,
    "core.layout",
    CUSTOM,
    "core.externalid",
    "core.savedview",
    "analytics.savedreport",
    "analytics.dashboard",
    "analytics.dashboardplace",
    EVENT,
    "analytics.predictionfeedback",
    "customers.behaviourevent",
    "customers.consententry",
    "customers.listmember",
    "exchange.importtemplate",
    "ui.listchoice",
    "activities.filepiece",
    "team.share",
)
LEFT_OUT = {
    "core.merge": "how to take apart what was merged here",
    "core.distinct": "what was said of pairs here; they are asked about anew",
    "automation.webhook": "acts on its own, with a secret: set up anew where it shall act",
    "automation.rule": "acts on its own: set up anew where it shall act",
    "automation.rulerun": "what rules did here",
    "automation.rulestep": "what rules did here",
    "automation.notification": "what people were told here",
    "automation.notificationchoice": "everybody chooses anew how to be told",
    "automation.delivery": "messages on their way from here",
    "automation.attempt": "messages on their way from here",
    "activities.calendarfeed": "a secret address of this installation",
    "messaging.mailbox": "acts on its own, with a secret: set up anew where it shall act",
    "messaging.mailboxsecret": "a secret",
    "core.feedcursor": "how far a reader of this installation has come",
    "customers.websnippet": "stands in pages that lead here",
    "team.apikey": "a secret",
    "team.connectedapp": "acts by a secret of this installation: set up anew where it shall act",
    "team.connection": "what people agreed to here",
    "team.invitation": "a secret link",
    "api.idempotencykey": "answers to requests that were made here",
    "analytics.run": "models are learned anew from the rows",
    "analytics.modelversion": "models are learned anew from the rows",
    "analytics.predictionsnapshot": "scores come back by a refresh",
    "analytics.recommendation": "recommendations come back by a refresh",
    "ui.dashboardmail": "a copy of a company writes to nobody; people choose again",
    "exchange.importjob": "files that came in; what they brought is in the rows",
    "exchange.importpiece": "files that came in",
    "exchange.importproblem": "files that came in",
    "exchange.importedrecord": "what undo of an import here would need",
    "exchange.bulkjob": "what undo of a bulk change here would need",
    "exchange.bulkrow": "what undo of a bulk change here would need",
    "exchange.exportjob": "files that went out",
    "exchange.exportpiece": "files that went out",
}
WITHOUT = {
    USER: frozenset({"password", "last_login"}),
    "messaging.message": frozenset({"mailbox"}),  # which stays here
}
ALIEN = frozenset({"contenttypes", "auth", "sessions", "oauth2_provider"})


@dataclass(frozen=True, eq=False)
class Table:
    """One table of an archive."""

    model: type[models.Model]

    @property
    def label(self) -> str:
        """`customers.customer`."""
        return self.model._meta.label_lower

    @property
    def member(self) -> str:
        """Its file in the archive."""
        return f"rows/{self.label}.ndjson"

    @cached_property
    def fields(self) -> tuple[models.Field[Any, Any], ...]:
        """The columns that travel: not those that are counted here, made from others, or secret."""
        skip = {"search", *WITHOUT.get(self.label, ())} | ({"tx"} if self.label == EVENT else set())
        found = (field for field in self.model._meta.concrete_fields if field.name not in skip)
        return tuple(field for field in found if not (field.generated or isinstance(field, models.AutoField)))

    @cached_property
    def attnames(self) -> tuple[str, ...]:
        """Their names: a link by the id it holds."""
        return tuple(field.attname for field in self.fields)

    @property
    def order(self) -> tuple[str, ...]:
        """Events in the order of their commits, others by their key."""
        return ("tx", "seq") if self.label == EVENT else ("pk",)

    @property
    def is_noun(self) -> bool:
        """Whether its rows are records that people keep."""
        return issubclass(self.model, Record)

    @property
    def is_setting(self) -> bool:
        """Whether they say how a company works, and are there from its first day."""
        resource = registry.get(self.label)
        return resource is not None and resource.in_settings


def parts() -> Iterator[Part]:
    """The parts of all nouns."""
    for resource in registry:
        yield from resource.parts


def tables(*, history: bool = True) -> list[Table]:
    """The tables of an archive, in the order in which they are written and read."""
    found = [apps.get_model(label) for label in CARRIED if is_here(label) and (history or label != EVENT)]
    found += [resource.model for resource in registry if resource.label not in LEFT_OUT]
    found += [part.model for part in parts() if part.model not in found]
    return [Table(model) for model in found]


def is_here(label: str) -> bool:
    """Whether this version has the table."""
    app, _dot, name = label.partition(".")
    return name in apps.all_models[app]


def unclassified() -> list[str]:
    """Tables of a company that nobody has put in one of the lists: must be empty, or they would be forgotten."""
    known = {table.label for table in tables()} | set(LEFT_OUT)
    own = [app for app in apps.get_app_configs() if app.name in settings.TENANT_APPS and app.label not in ALIEN]
    return sorted(
        model._meta.label_lower for app in own for model in app.get_models() if model._meta.label_lower not in known
    )
