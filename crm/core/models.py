"""The base of every record, and the tables that know no noun: facts, outside names, readers of the feed."""

from __future__ import annotations

import secrets
import string
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import CurrentTransaction, SearchField, TransactionIdField, uuid7

KEY_LETTERS = string.ascii_lowercase + string.digits


def custom_key() -> str:
    """A short key that no field has had before; it begins with a letter, so that SQL takes it for no position."""
    return "f" + "".join(secrets.choice(KEY_LETTERS) for _place in range(7))


def owner_link(*, db_index: bool = True) -> models.ForeignKey[Any, Any]:
    """Whose a record is; a noun that has an index of its own for it needs no second one."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=db_index,
        related_name="+",
        verbose_name=_("Owner"),
    )


class Record(models.Model):
    """A thing that the people of a tenant keep: it has an owner, two dates, a version and a history."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(_("Version"), default=1, editable=False)
    created_at = models.DateTimeField(pgettext_lazy("time", "Created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(pgettext_lazy("time", "Changed"), db_default=Now(), editable=False)
    deleted_at = models.DateTimeField(pgettext_lazy("time", "Deleted"), null=True, editable=False)
    is_sample = models.BooleanField(_("Sample data"), default=False, editable=False)
    owner = owner_link()
    custom = models.JSONField(null=True, editable=False)
    search = SearchField(null=True, editable=False)

    class Meta:
        abstract = True


class Event(models.Model):
    """A fact: who did what to which record, when, from what to what. Fed to readers in the order of commits."""

    seq = models.BigAutoField(primary_key=True)
    tx = TransactionIdField(db_default=CurrentTransaction(), editable=False)
    at = models.DateTimeField(db_default=Now())
    name = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60)
    object_id = models.UUIDField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    via = models.CharField(max_length=12)
    request_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tx", "seq"], name="event_feed"),
            models.Index(fields=["object_id", "seq"], name="event_object"),
            models.Index(fields=["request_id"], name="event_request", condition=~models.Q(request_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.object_id}"


class ExternalId(models.Model):
    """By which name another system knows a record; unique also over deleted rows."""

    id = models.BigAutoField(primary_key=True)
    object_type = models.CharField(max_length=60)
    source = models.CharField(max_length=40)
    value = models.CharField(max_length=120)
    object_id = models.UUIDField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["object_type", "source", "value"], name="external_id_unique")
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.value}"


class CustomField(models.Model):
    """A field that the tenant has added to a noun; records keep its value in `custom` under the field's key."""

    class Kind(models.TextChoices):
        """What a value is; programs know these words from the specs of built-in fields."""

        TEXT = "text", pgettext_lazy("kind", "Text")
        LONG_TEXT = "long_text", _("Long text")
        INTEGER = "integer", _("Whole number")
        NUMBER = "number", pgettext_lazy("kind", "Number")
        MONEY = "money", _("Money")
        PERCENT = "percent", _("Per cent")
        YES_NO = "yes_no", _("Yes or no")
        DATE = "date", _("Day")
        MOMENT = "moment", _("Day and time")
        CHOICE = "choice", _("Choice of one")
        CHOICES = "choices", _("Choice of several")
        URL = "url", _("Web address")
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Telephone")
        LINK = "link", _("Link to a record")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=8, unique=True, default=custom_key, editable=False)
    object_type = models.CharField(max_length=60)
    name = models.CharField(max_length=40)
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    choices = models.JSONField(default=list)  # in their order, read as a whole: {"value", "label", "is_retired"}
    target = models.CharField(max_length=60, blank=True)  # of a link: the noun it leads to
    currency = models.CharField(max_length=3, blank=True)  # of money: all its amounts are in it
    help = models.CharField(max_length=200, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_required = models.BooleanField(default=False)
    is_personal = models.BooleanField(default=False)
    is_sensitive = models.BooleanField(default=False)
    is_searchable = models.BooleanField(default=False)
    is_indexed = models.BooleanField(default=False)  # wanted; `indexed_at` says since when it is there
    indexed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["object_type", "name"], name="custom_field_name_unique")
        ]

    def __str__(self) -> str:
        return f"{self.object_type}.{self.name}"


class Layout(models.Model):
    """How the record page and the form of a noun are laid out, for everyone or for one role."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    object_type = models.CharField(max_length=60)
    role = models.CharField(max_length=20, blank=True)  # its code; none: for everyone whose role has none of its own
    sections = models.JSONField(default=list)  # in their order, read as a whole: {"label", "fields"}
    left_out = ArrayField(models.CharField(max_length=60), default=list)  # fields that stand nowhere

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["object_type", "role"], name="layout_once")]

    def __str__(self) -> str:
        return f"{self.object_type} {self.role}".strip()


class FeedCursor(models.Model):
    """How far one reader of the feed has come."""

    consumer = models.CharField(max_length=40, primary_key=True)
    tx = TransactionIdField(default=0)
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.consumer


class SavedView(models.Model):
    """A list as somebody wants to see it again: which records, which columns, in which order, in which look."""

    class Sharing(models.TextChoices):
        """Who else sees it."""

        PRIVATE = "private", _("Only me")
        TEAM = "team", _("My team")
        EVERYONE = "everyone", _("Everyone")

    class Look(models.TextChoices):
        """How the records are laid out."""

        TABLE = "table", _("Table")
        BOARD = "board", _("Board")
        CALENDAR = "calendar", _("Calendar")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    object_type = models.CharField(max_length=60)
    name = models.CharField(_("Name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    sharing = models.CharField(_("Who sees it"), max_length=10, choices=Sharing, default=Sharing.PRIVATE)
    icon = models.CharField(_("Icon"), max_length=20, default="list")
    colour = models.CharField(_("Colour"), max_length=10, default="blue")
    look = models.CharField(_("Look"), max_length=10, choices=Look, default=Look.TABLE)
    filters = models.JSONField(default=dict)  # parameters as in a list's address: field__op → text
    where = models.JSONField(null=True)  # the rest, as a tree of the filter language
    ordering = models.CharField(max_length=200, blank=True)
    columns = ArrayField(models.CharField(max_length=60), default=list)
    widths = ArrayField(models.PositiveSmallIntegerField(), default=list)  # of the columns, in pixels; 0 leaves it open
    group_by = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["object_type", "name"], name="saved_view_noun")]

    def __str__(self) -> str:
        return self.name


class Merge(models.Model):
    """Records that became one: all that taking them apart again needs."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_default=Now())
    object_type = models.CharField(max_length=60)
    kept_id = models.UUIDField(db_index=True)
    gone_ids = ArrayField(models.UUIDField())
    titles = ArrayField(models.CharField(max_length=300))  # of those that went
    before = models.JSONField(default=dict)  # what the kept one had where it differs now
    after = models.JSONField(default=dict)
    moved = models.JSONField(default=list)  # {"place", "rows": {old target: [ids]}}: what pointed at the others
    actor_id = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["gone_ids"], name="merge_gone")]

    def __str__(self) -> str:
        return f"{self.object_type} {self.kept_id}"


class Distinct(models.Model):
    """Two records of which somebody said that they look alike and are not the same."""

    id = models.BigAutoField(primary_key=True)
    object_type = models.CharField(max_length=60)
    first_id = models.UUIDField()
    second_id = models.UUIDField()
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["first_id", "second_id"], name="distinct_pair")]

    def __str__(self) -> str:
        return f"{self.first_id} is not {self.second_id}"
