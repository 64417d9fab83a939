"""The people of a tenant, the programs that act for them, and what each may do."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from crm.core.fields import search_index, sort_indexes, uuid7
from crm.core.models import Record
from tenants.signing import salt_here


class Role(models.Model):
    """A named set of permissions; a permission is a string, a pattern with * covers many."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    permissions = ArrayField(models.CharField(max_length=80), default=list)
    hidden_fields = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    fixed_fields = ArrayField(models.CharField(max_length=120), default=list, blank=True)  # seen, not changed
    reach = models.JSONField(default=dict, blank=True)  # noun → which records; read as a whole, with the person

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What people read: the roles that every company begins with are called by their names in every language."""
        return pgettext("role", self.name) if self.name else ""


class Team(Record):
    """People who work together, under a manager; teams may stand below others."""

    name = models.CharField(_("Name"), max_length=80)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    manager = models.ForeignKey(
        "team.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Manager")
    )
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Team above")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("Team"), _("Teams")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(deleted_at__isnull=True), name="team_name_live"
            ),
        ]
        indexes: ClassVar = [search_index("team"), *sort_indexes("team", "name_key", "created_at")]

    def __str__(self) -> str:
        return self.name


class PersonName(models.CharField[str, str]):
    """What a person is called; whoever says nothing is called as their address begins."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Never empty where there is an address to take it from."""
        name, email = getattr(model_instance, self.attname), getattr(model_instance, "email", None)
        if not name and email:
            name = str(email).partition("@")[0]
            setattr(model_instance, self.attname, name)
        return str(name)


class UserManager(BaseUserManager["User"]):
    """Finds people; the e-mail address is the name."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Whom this address belongs to, in any case of its letters."""
        return self.select_related("role").get(email__iexact=username or "")


class User(AbstractBaseUser):
    """Someone who works at the tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("E-mail"), unique=True, null=True, blank=True)  # who has none cannot log in
    name = PersonName(pgettext_lazy("person", "Name"), max_length=120, blank=True)
    role = models.ForeignKey(Role, models.PROTECT, related_name="users", verbose_name=_("Role"))
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("Team")
    )
    language = models.CharField(_("Language"), max_length=10, blank=True)
    theme = models.CharField(_("Looks"), max_length=10, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    is_sample = models.BooleanField(_("Sample data"), default=False, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        verbose_name, verbose_name_plural = _("Person"), _("People")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(name="") | models.Q(email=None), name="person_has_name"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)

    @property
    def is_owner(self) -> bool:
        """Whether this person holds the role that may do everything."""
        return self.role.code == "owner"

    def get_session_auth_hash(self) -> str:
        """Changes with the password and differs between tenants: a session copied elsewhere is nobody's there."""
        return self._schema_hash()

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        return self._schema_hash(secret)

    def _schema_hash(self, secret: Any = None) -> str:
        salt = salt_here("session")
        return salted_hmac(salt, self.password, secret=secret, algorithm="sha256").hexdigest()


class ApiKey(models.Model):
    """A program that acts for the tenant: shown once, kept as a hash, with the rights of its scopes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=80), default=list)
    hidden_fields = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    addresses = ArrayField(models.CharField(max_length=43), default=list, blank=True)  # from where alone it works
    burst_limit = models.PositiveIntegerField(null=True, blank=True)  # requests a minute, where less than the plan's

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="api_key_created")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class ConnectedApp(models.Model):
    """A program that people connect: what it may ask for at most. Its credentials are the toolkit's."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.OneToOneField("oauth2_provider.Application", models.CASCADE, related_name="connected")
    name = models.CharField(max_length=80)
    scopes = ArrayField(models.CharField(max_length=80), default=list)
    hidden_fields = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.name


class Connection(models.Model):
    """What an app may do for one person, who agreed to it; without a person, for itself."""

    id = models.UUIDField(primary_key=True, editable=False)
    app = models.ForeignKey(ConnectedApp, models.CASCADE, related_name="connections")
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    scopes = ArrayField(models.CharField(max_length=80), default=list)
    agreed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["app", "user"], name="connection_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.app} {self.user or ''}".strip()


class Invitation(models.Model):
    """Someone who was asked to join; the link carries a signature, not this row's id alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField()
    role = models.ForeignKey(Role, models.CASCADE, related_name="+")
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.email


class Share(models.Model):
    """One record that is open to a colleague, or to a team, beside what their role reaches."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    object_type = models.CharField(max_length=60)
    object_id = models.UUIDField()
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    is_writable = models.BooleanField(default=False)
    ends_on = models.DateField(null=True)  # its last day; none: for ever
    given_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["object_id", "user", "team"], name="share_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(user=None, team__isnull=False) | models.Q(user__isnull=False, team=None),
                name="share_with_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id}: {self.user or self.team}"
