"""Rules about the tenant's people and programs."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import SYSTEM, Actor, Via, granted
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.team.models import ApiKey, Invitation, Role, User
from crm.team.roles import ROLES
from tenants.signing import BadSignature, keyed_digest, sign, unsign

KEY_MARK = "kith_"
INVITATION_DAYS = 7
TOUCH_EVERY = timedelta(minutes=5)


def roles_create() -> None:
    """The roles that a tenant begins with; those that are there stay as they are."""
    have = set(Role.objects.values_list("code", flat=True))
    Role.objects.bulk_create(
        [Role(code=c, name=n, permissions=list(p)) for c, (n, p) in ROLES.items() if c not in have]
    )


def owner_create(*, email: str, password_hash: str, name: str = "") -> User:
    """The first person of a tenant, who may do everything."""
    roles_create()
    return User.objects.create(email=email, password=password_hash, name=name, role=Role.objects.get(code="owner"))


def actor_of_user(user: User, *, via: Via, request_id: str = "") -> Actor:
    """The person as one who acts."""
    role = user.role
    return Actor(
        "user",
        user.pk,
        frozenset(role.permissions),
        via,
        request_id,
        frozenset(role.hidden_fields),
        frozenset(role.own_only),
        str(user),
    )


def actor_of_key(key: ApiKey, *, via: Via = "api", request_id: str = "") -> Actor:
    """The program as one who acts."""
    return Actor("key", key.pk, frozenset(key.scopes), via, request_id, frozenset(key.hidden_fields), name=key.name)


def actor_restore(kind: str, id: UUID | None, *, via: Via, request_id: str = "") -> Actor:
    """Who acted when work was handed to a worker; refused where they may no longer act."""
    if kind == "system":
        return SYSTEM.by(via=via, request_id=request_id)
    if id and kind == "user" and (user := User.objects.select_related("role").filter(pk=id, is_active=True).first()):
        return actor_of_user(user, via=via, request_id=request_id)
    if id and kind == "key" and (key := ApiKey.objects.filter(pk=id, revoked_at=None).first()):
        return actor_of_key(key, via=via, request_id=request_id)
    raise CrmError("forbidden", _("Whoever started this may no longer act here."), status=403)


def key_hash(plain: str) -> str:
    """What is kept of a key: 256 random bits need no slow hash; the schema makes a cloned row no key elsewhere."""
    return keyed_digest(plain, purpose="api-key")


def opened(token: str, *, purpose: str, max_age: int) -> str:
    """What a link's token says, or nothing where it was not signed here, for this, or too long ago."""
    try:
        return str(unsign(token, purpose=purpose, max_age=max_age))
    except BadSignature:
        return ""


def api_key_create(
    name: str, *, actor: Actor, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown this once; nobody grants more than they hold."""
    permit(actor, "team.add_apikey")
    wanted = sorted(set(scopes))
    if actor.own_only:  # a key owns nothing, so it could not be held to its maker's own records
        raise CrmError("forbidden", _("Whoever sees only their own records cannot make keys."), status=403)
    beyond = [scope for scope in wanted if actor.kind != "system" and not granted(actor.permissions, scope)]
    if beyond or not wanted or not name.strip():
        raise CrmError(
            "invalid",
            _("A key needs a name and scopes that you hold yourself."),
            status=422,
            errors=[{"pointer": "/scopes", "code": "not_held", "message": ", ".join(beyond)}],
        )
    plain = KEY_MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name.strip()[:80],
            prefix=plain[:12],
            key_hash=key_hash(plain),
            scopes=wanted,
            expires_at=expires_at,
            hidden_fields=sorted(actor.hidden_fields),
            created_by_id=actor.id if actor.kind == "user" else None,
        )
        events_write(
            [Fact("team.apikey.created", "team.apikey", key.pk, None, {"name": key.name, "scopes": wanted})], actor
        )
    return key, plain


def api_key_find(plain: str) -> ApiKey | None:
    """The live key of this text, in one query; its last use is noted every few minutes."""
    if not plain.startswith(KEY_MARK):
        return None
    now = timezone.now()
    key = next(iter(ApiKey.objects.filter(key_hash=key_hash(plain), revoked_at=None)[:1]), None)
    if key is None or (key.expires_at and key.expires_at <= now):
        return None
    if key.last_used_at is None or now - key.last_used_at > TOUCH_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def api_key_revoke(key: ApiKey, *, actor: Actor) -> None:
    """End a key at once."""
    permit(actor, "team.delete_apikey")
    with transaction.atomic():
        ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
        events_write([Fact("team.apikey.revoked", "team.apikey", key.pk, {"name": key.name}, None)], actor)


def invitation_create(email: str, *, role: Role, actor: Actor) -> tuple[Invitation, str]:
    """Ask someone to join; the answer's token goes into the link. Nobody grants a role above their own."""
    permit(actor, "team.invite_user")
    validate_email(email)
    if any(not granted(actor.permissions, p) for p in role.permissions) and actor.kind != "system":
        raise CrmError("forbidden", _("You cannot give a role that may do more than yours."), status=403)
    if User.objects.filter(email__iexact=email).exists():
        raise CrmError("conflict", _("This person is here already."), status=409)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            invited_by_id=actor.id if actor.kind == "user" else None,
            expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        )
        events_write(
            [
                Fact(
                    "team.invitation.created",
                    "team.invitation",
                    invitation.pk,
                    None,
                    {"email": email, "role": role.code},
                )
            ],
            actor,
        )
    return invitation, sign(str(invitation.pk), purpose="invitation")


def invitation_find(token: str) -> Invitation:
    """The open invitation of a link."""
    pk = opened(token, purpose="invitation", max_age=INVITATION_DAYS * 86400)
    found = (
        Invitation.objects.select_related("role").filter(pk=pk, accepted_at=None, expires_at__gt=timezone.now()).first()
        if pk
        else None
    )
    if found is None:
        raise CrmError("not_found", _("This invitation is used up or too old; ask for a new one."), status=404)
    return found


def invitation_accept(token: str, *, name: str, password: str) -> User:
    """Become one of the tenant's people."""
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=invitation_find(token).pk)
        if invitation.accepted_at is not None:
            raise CrmError("not_found", _("This invitation is used up or too old; ask for a new one."), status=404)
        user = User(email=invitation.email, name=name, role=invitation.role)
        password_set(user, password)
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now())
        events_write(
            [Fact("team.user.joined", "team.user", user.pk, None, {"email": user.email})], SYSTEM.by(via="page")
        )
    return user


def password_set(user: User, password: str) -> None:
    """Give a person a new password; other sessions end with the old one."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        problems = [{"pointer": "/password", "code": "password", "message": text} for text in error.messages]
        raise CrmError("invalid", " ".join(error.messages), status=422, errors=problems) from error
    user.set_password(password)
    user.save()


def reset_token(user: User) -> str:
    """A token that lets its bearer set a new password once: it dies with the old password, and in an hour."""
    return sign(f"{user.pk}:{user.get_session_auth_hash()[:16]}", purpose="password-reset")


def reset_find(token: str) -> User | None:
    """Whose reset token this is, if it is still good."""
    pk, _colon, mark = opened(token, purpose="password-reset", max_age=3600).partition(":")
    user = User.objects.select_related("role").filter(pk=pk, is_active=True).first() if pk else None
    return user if user and user.get_session_auth_hash()[:16] == mark else None
