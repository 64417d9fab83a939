"""An archive into an empty company, in one transaction: all of it or nothing.

Ids, versions and dates stay. People are found by their e-mail address; those who are new come without a password, so
that nobody walks in who was not let in here: the owner hands each of them a link. Events keep their order and get
numbers of this database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, constraints_now, events_write, rows_insert
from crm.core.cleaning import UNSTORABLE
from crm.core.customising.loading import custom_fields_loaded
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.models import Event, FeedCursor, Layout
from crm.core.permissions import permit
from crm.core.plans import plan_of
from crm.core.services import search_of
from crm.exchange.exporting.archive.contents import CUSTOM, PERMISSION, ROLE, USER, Table, tables
from crm.exchange.exporting.archive.reading import Archive, damaged, refusal
from crm.exchange.exporting.archive.roles import permissions_here
from crm.team.models import Role, User
from tenants.context import current
from tenants.models import Tenant
from tenants.tasks import enqueue
from tenants.versions import schema_version

BATCH = 2000
TAKEN_OVER = ("locale", "time_zone", "currency", "region", "industry")
Told = Callable[[int], None]


@dataclass
class Loader:
    """One load: which role and which person of the archive is which of here."""

    archive: Archive
    seen: int = 0  # rows that were checked before
    people: dict[UUID, UUID] = field(default_factory=dict)
    roles: dict[UUID, UUID] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, list[str]] = field(default_factory=dict)

    def load(self, table: Table, told: Told | None) -> None:
        """All rows of one table, some thousand at a time."""
        batch: list[dict[str, Any]] = []
        for row in typed_rows(self.archive, table):
            batch.append(row)
            if len(batch) >= BATCH:
                self.write(table, batch, told)
                batch = []
        self.write(table, batch, told)

    def write(self, table: Table, rows: list[dict[str, Any]], told: Told | None) -> None:
        """Some rows."""
        self.counts[table.label] = self.counts.get(table.label, 0) + len(rows)
        if table.label == ROLE:
            self.write_roles(rows)
        elif table.label == USER:
            self.write_people(rows)
        elif rows:
            self.insert(table, [self.at_home(table, row) for row in rows])
        if table.label == CUSTOM and (rows or Layout.objects.exists()):
            custom_fields_loaded()
        if told:
            told(self.seen + sum(self.counts.values()))

    def write_roles(self, rows: list[dict[str, Any]]) -> None:
        """Roles are known by their code; what they may is as in the archive, but for the owner's."""
        here = dict(Role.objects.values_list("code", "pk"))
        is_older = self.archive.manifest.get("schema") != schema_version()
        for row in rows:
            pk = row.pop("id")
            row["permissions"], dropped = permissions_here(row["code"], row["permissions"], is_older=is_older)
            if dropped:
                self.dropped[row["name"]] = dropped
            self.roles[pk] = here.get(row["code"], pk)
            if row["code"] not in here:
                Role.objects.create(id=pk, **row)
            else:
                values = {"name": row["name"]} if row["code"] == "owner" else row
                Role.objects.filter(pk=here[row["code"]]).update(**values)

    def write_people(self, rows: list[dict[str, Any]]) -> None:
        """People are known by their address; others come without a password."""
        here = {(email or str(pk)).casefold(): pk for pk, email in User.objects.values_list("pk", "email")}
        for row in rows:
            pk = row.pop("id")
            address = (row["email"] or str(pk)).casefold()
            self.people[pk] = here.get(address, pk)
            if address not in here:
                values = {**row, "role_id": self.roles[row["role_id"]]}
                User.objects.create(id=pk, password=make_password(None), **values)

    def account(self, note: Callable[[str], object] | None, done: Callable[[dict[str, int]], None] | None) -> None:
        """What did not come as it was, and how many rows came."""
        text = _("The role %(role)s lost permissions that this version does not know: %(permissions)s")
        if note:
            for role, permissions in self.dropped.items():
                note(text % {"role": role, "permissions": ", ".join(permissions)})
        if done:
            done(self.counts)

    def at_home(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """The row with people as they are known here, and its search column made anew."""
        for column in table.fields:
            if column.related_model is User:
                row[column.attname] = self.people.get(row[column.attname])
        if table.label == CUSTOM:
            row["indexed_at"] = None  # it stands in the other database; wanted ones are made here again
        if row.get("actor_kind") == "user" and row.get("actor_id"):
            row["actor_id"] = self.people.get(row["actor_id"], row["actor_id"])
        if table.is_noun:
            row["search"] = search_of(plan_of(table.model), self.by_name(table, row))
        return row

    def by_name(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """The row by the names of its fields, custom ones included; links to people lead to those here."""
        plan, data = plan_of(table.model), row["custom"] or {}
        for custom in (custom for custom in plan.custom.values() if custom.spec.target == USER and custom.key in data):
            data[custom.key] = str(self.people.get(custom.of(data), data[custom.key]))
        own = {name: custom.of(data) for name, custom in plan.custom.items()}
        return {column.name: row[column.attname] for column in table.fields} | own

    def insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """By COPY, which leaves moments as they are given."""
        names = [*table.attnames, *(["search"] if table.is_noun else [])]
        rows_insert(table.model, names, [[row[name] for name in names] for row in rows])


def typed_rows(archive: Archive, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table as its columns' types; what an older version did not have takes its default."""
    makers = [(column, maker_of(column)) for column in table.fields]
    for number, row in enumerate(archive.lines(table), start=1):
        try:
            yield {
                column.attname: make(row[column.attname]) if column.attname in row else default_of(column)
                for column, make in makers
            }
        except (ValidationError, ValueError, TypeError, OverflowError) as error:
            raise damaged(f"{table.member}:{number}") from error


def default_of(column: models.Field[Any, Any]) -> Any:
    """The value of a column that the archive does not know."""
    if not (column.null or column.has_default()):
        raise ValueError(column.name)
    return column.get_default()


def maker_of(column: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """Turns a JSON value into a column's type; a wrong one is an error, never a guess."""
    target = column.target_field if isinstance(column, models.ForeignKey) else column

    def make(value: Any) -> Any:
        if value is None:
            if not column.null:
                raise ValueError(column.name)
            return None
        if isinstance(target, models.JSONField):
            return sound(value)
        if isinstance(target, ArrayField):
            return [sound(one) for one in value] if isinstance(value, list) else wrong(column)
        if isinstance(target, (models.CharField, models.TextField)):
            return sound(value) if isinstance(value, str) else wrong(column)
        return target.to_python(value)

    return make


def wrong(column: models.Field[Any, Any]) -> Any:
    """A value of another type."""
    raise TypeError(column.name)


def sound(value: Any) -> Any:
    """A text, or JSON with texts in it, that the database can keep."""
    if isinstance(value, str) and UNSTORABLE.search(value):
        raise ValueError("characters")
    if isinstance(value, Mapping):
        return {sound(key): sound(one) for key, one in value.items()}
    return [sound(one) for one in value] if isinstance(value, list) else value


def archive_load(
    archive: Archive,
    *,
    actor: Actor,
    told: Told | None = None,
    note: Callable[[str], object] | None = None,
    done: Callable[[dict[str, int]], None] | None = None,
) -> dict[str, int]:
    """Check every row, then write all; how many rows of each table came. Nothing stays of one that is refused.

    `told` hears of each row twice, when it is checked and when it is written; `note` hears what did not come as it
    was, and `done` how many came: within the transaction, so that what these two write stands or falls with the rows.
    """
    permit(actor, PERMISSION)
    must_be_empty()
    loader = Loader(archive, rows_check(archive, told))
    try:
        with transaction.atomic():
            must_be_empty()
            settings_take(archive.manifest["tenant"])
            clear_beside()
            for table in archive.tables:
                loader.load(table, told)
            feed_pass()
            after = {**loader.counts, **({"dropped_permissions": loader.dropped} if loader.dropped else {})}
            events_write([Fact("team.tenant.restored", "team.tenant", uuid7(), None, after)], actor)
            constraints_now()
            enqueue("analytics.tasks.refresh", queue="interactive")
            loader.account(note, done)
    except (DatabaseError, KeyError) as error:
        raise refusal(
            "archive_refused", _("The archive contradicts itself: %(why)s") % {"why": first_line(error)}
        ) from error
    return loader.counts


def rows_check(archive: Archive, told: Told | None) -> int:
    """Every row of every table, one by one, before the first is written; how many they are."""
    seen = 0
    for table in archive.tables:
        for _row in typed_rows(archive, table):
            seen += 1
            if told and seen % BATCH == 0:
                told(seen)
    return seen


def first_line(error: Exception) -> str:
    """What the database said, without the row."""
    return str(error).partition("\n")[0][:200]


def must_be_empty() -> None:
    """Only a company without records takes an archive; what it began with, such as a pipeline, gives way to its own."""
    for table in tables():
        if table.is_noun and not table.is_setting and table.model._default_manager.exists():
            message = _("There are %(nouns)s here already. An archive goes into an empty company; remove the samples.")
            values = {"nouns": table.model._meta.verbose_name_plural}
            raise CrmError("not_empty", message % values, status=409, object=table.label)


def clear_beside() -> None:
    """What hangs on records that are gone, and what the archive brings itself; rows that point at others first."""
    for table in reversed(tables(history=False)):
        if (table.is_setting or not table.is_noun) and table.label not in (ROLE, USER):
            table.model._default_manager.all().delete()


def settings_take(home: Mapping[str, str]) -> None:
    """Language, time zone, currency, region: amounts in the company's own currency mean what they meant."""
    values = {name: home[name] for name in TAKEN_OVER}
    try:
        for name, value in values.items():
            Tenant._meta.get_field(name).clean(value, None)  # type: ignore[union-attr]  # columns only
    except ValidationError as error:
        raise damaged("manifest.json") from error
    Tenant.objects.filter(pk=current().pk).update(**values)


def feed_pass() -> None:
    """Consumers of events do not act on history: they go on behind it."""
    last = Event.objects.order_by("-tx", "-seq").values_list("tx", "seq").first()
    if last is None:
        return
    for consumer in settings.EVENT_CONSUMERS:
        FeedCursor.objects.update_or_create(consumer=consumer, defaults={"tx": last[0], "seq": last[1]})
