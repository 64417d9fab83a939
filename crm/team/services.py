"""Rules about the tenant's people and programs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from uuid import UUID

from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm.core.actors import SYSTEM, Actor, Via
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.prepared import Prepared
from crm.team.acting import actor_of_connection, answering
from crm.team.models import ApiKey, ConnectedApp, Invitation, Role, User
from crm.team.places import people_room_check
from crm.team.reach import reach_of, reaches_no_further
from crm.team.roles import ROLES
from tenants.signing import BadSignature, keyed_digest, sign, unsign

KEY_MARK = "kith_"
INVITATION_DAYS = 7
TOUCH_EVERY = timedelta(minutes=1)
SCOPE = re.compile(r"\*|[a-z_*]+\.[a-z_*]+")
MOST_SCOPE, MOST_BURST = 80, 1_000_000


def roles_create() -> None:
    """The roles that a tenant begins with; those that are there stay as they are."""
    have = set(Role.objects.values_list("code", flat=True))
    with override("en"):  # a name is kept in English and shown in the reader's language
        Role.objects.bulk_create(
            [Role(code=c, name=str(n), permissions=list(p)) for c, (n, p) in ROLES.items() if c not in have]
        )


def owner_create(*, email: str, password_hash: str, name: str = "") -> User:
    """The first person of a tenant, who may do everything; where a sample kept a place for one, it is theirs."""
    roles_create()
    kept = User.objects.filter(is_sample=True, email=None, role__code="owner").order_by("pk").first()
    owner = kept or User(role=Role.objects.get(code="owner"))
    owner.email, owner.password, owner.name, owner.is_sample = email, password_hash, name, False
    owner.save()
    return owner


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
        reach_of(role.reach),
        str(user),
        fixed_fields=frozenset(role.fixed_fields),
    )


def actor_of_key(key: ApiKey, *, via: Via = "api", request_id: str = "") -> Actor:
    """The program as one who acts: within its scopes, and never beyond what its maker may do today."""
    maker = key.created_by
    if maker is None:
        hidden = frozenset(key.hidden_fields)
        return Actor("key", key.pk, frozenset(key.scopes), via, request_id, hidden, name=key.name)
    return Actor(
        "key",
        key.pk,
        frozenset(maker.role.permissions),
        via,
        request_id,
        frozenset(key.hidden_fields) | frozenset(maker.role.hidden_fields),
        reach_of(maker.role.reach),
        key.name,
        scopes=frozenset(key.scopes),
        acts_for=maker.pk if maker.role.reach else None,  # of whoever is limited to records of their own, those count
        fixed_fields=frozenset(maker.role.fixed_fields),
    )


def actor_restore(kind: str, id: UUID | None, *, via: Via, request_id: str = "") -> Actor:
    """Who acted when work was handed to a worker; refused where they may no longer act."""
    if kind == "system":
        return SYSTEM.by(via=via, request_id=request_id)
    if id and kind == "user" and (user := User.objects.select_related("role").filter(pk=id, is_active=True).first()):
        return actor_of_user(user, via=via, request_id=request_id)
    if id and kind == "key" and (key := keys_live().filter(pk=id).first()):
        return actor_of_key(key, via=via, request_id=request_id)
    if id and kind == "app" and (actor := actor_of_connection(id, via=via, request_id=request_id)):
        return actor
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


def scopes_judge(scopes: Iterable[str], actor: Actor) -> list[str]:
    """The scopes in order; refused unless each is a permission or a pattern of some, and held by whoever gives it. One
    that begins with a minus takes out again, as in a role."""
    wanted = sorted(set(scopes))
    given = [scope for scope in wanted if not scope.startswith("-")]
    odd = [scope[:80] for scope in wanted if not is_scope(scope.removeprefix("-"))]
    if odd or not given:
        raise not_given("bad_scope", odd, _("Name at least one scope, such as customers.view_customer or *.view_*."))
    if beyond := [scope for scope in given if not actor.may(scope)]:
        raise not_given("not_held", beyond, _("A program gets only what you may do yourself."))
    return wanted


def is_scope(text: str) -> bool:
    """Whether it is a permission, or a pattern of some, of a module that there is."""
    if len(text) > MOST_SCOPE or not SCOPE.fullmatch(text):
        return False
    return any(fnmatchcase(config.label, text.partition(".")[0]) for config in apps.get_app_configs())


def renewal_judge(program: ApiKey | ConnectedApp, actor: Actor) -> None:
    """Refuse the new text of a key, or secret of an app, to those who see or may do less than it."""
    if actor.reach.told and program.created_by_id != actor.person:
        raise CrmError("forbidden", _("This program may see records that you do not see."), status=403)
    scopes_judge(program.scopes, actor)
    role = program.created_by.role if program.created_by else None
    if actor.hidden_fields - {*program.hidden_fields, *(role.hidden_fields if role else ())}:
        raise CrmError("forbidden", _("This program sees fields that are hidden from you."), status=403)


def not_given(code: str, scopes: Iterable[str], message: str) -> CrmError:
    """The refusal of some scopes."""
    text = f"{message} ({', '.join(scopes)})" if scopes else message
    return CrmError("invalid", text, status=422, errors=[{"pointer": "/scopes", "code": code, "message": text}])


def addresses_judge(addresses: Iterable[str]) -> list[str]:
    """Networks as they are stored: `192.0.2.7` becomes `192.0.2.7/32`."""
    try:
        return sorted({str(ip_network(one.strip(), strict=False)) for one in addresses if one.strip()})
    except ValueError as error:
        message = _("Addresses are IP addresses or networks, such as 203.0.113.7 or 203.0.113.0/24.")
        problem = {"pointer": "/addresses", "code": "bad_address", "message": message}
        raise CrmError("invalid", message, status=422, errors=[problem]) from error


def is_from(address: str, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of the networks; an IPv4 address in IPv6 clothes counts as what it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ip_network(network) for network in networks)


def api_key_create(
    name: str,
    *,
    actor: Actor,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    addresses: Iterable[str] = (),
    burst_limit: int | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown this once; nobody grants more than they hold."""
    permit(actor, "team.add_apikey")
    if not name.strip():
        raise CrmError("invalid", _("Say what the key is for."), status=422)
    if burst_limit is not None and not 1 <= burst_limit <= MOST_BURST:
        message = _("A limit is a number from 1 to %(max)s; without one that of the plan holds.") % {"max": MOST_BURST}
        problem = {"pointer": "/burst_limit", "code": "range", "message": message}
        raise CrmError("invalid", message, status=422, errors=[problem])
    wanted, plain = scopes_judge(scopes, actor), key_text()
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name.strip()[:80],
            prefix=plain[:12],
            key_hash=key_hash(plain),
            scopes=wanted,
            expires_at=expires_at,
            addresses=addresses_judge(addresses),
            burst_limit=burst_limit,
            hidden_fields=sorted(actor.hidden_fields),
            created_by_id=answering(actor),
        )
        events_write(
            [Fact("team.apikey.created", "team.apikey", key.pk, None, {"name": key.name, "scopes": wanted})], actor
        )
    return key, plain


def key_text() -> str:
    """The text of a key: a mark that scanners know, and 256 random bits."""
    return KEY_MARK + secrets.token_urlsafe(32)


def keys_live() -> QuerySet[ApiKey]:
    """The keys that work: not withdrawn, not expired, and their maker still works here."""
    return keys_live_at(timezone.now())


def keys_live_at(moment: datetime) -> QuerySet[ApiKey]:
    """The keys that work at a moment."""
    keys = ApiKey.objects.select_related("created_by__role").filter(revoked_at=None)
    return keys.exclude(expires_at__lte=moment).exclude(created_by__is_active=False)


def keys_named(digest: str, moment: datetime) -> QuerySet[ApiKey]:
    """The key of a digest, if it works."""
    return keys_live_at(moment).filter(key_hash=digest)


KEY_ASKED = Prepared(keys_named, "digest", datetime(1, 1, 2, tzinfo=UTC))


def api_key_find(plain: str, *, address: str = "") -> ApiKey | None:
    """The live key of this text, in one query; its last use is noted at most once a minute."""
    if not plain.startswith(KEY_MARK):
        return None
    now = timezone.now()
    key = KEY_ASKED.first(key_hash(plain), now)
    if key is None or (key.addresses and not is_from(address, key.addresses)):
        return None
    if key.last_used_at is None or now - key.last_used_at > TOUCH_EVERY:
        due = Q(last_used_at=None) | Q(last_used_at__lt=now - TOUCH_EVERY)
        ApiKey.objects.filter(due, pk=key.pk).update(last_used_at=now)
    return key


def own_or_managed(key: ApiKey, actor: Actor) -> None:
    """Whoever made a key may renew and end it; other people's keys are for whoever manages them."""
    if key.created_by_id is None or key.created_by_id != actor.person:
        permit(actor, "team.manage_apikey")


def api_key_rotate(key: ApiKey, *, actor: Actor) -> str:
    """A new text for the key, which keeps its name and scopes; the old text is dead at once."""
    own_or_managed(key, actor)
    renewal_judge(key, actor)
    plain = key_text()
    with transaction.atomic():
        changed = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(
            prefix=plain[:12], key_hash=key_hash(plain), last_used_at=None
        )
        if not changed:
            raise CrmError("conflict", _("This key is withdrawn; make a new one."), status=409)
        events_write([Fact("team.apikey.rotated", "team.apikey", key.pk, None, {"name": key.name})], actor)
    return plain


def api_key_revoke(key: ApiKey, *, actor: Actor) -> None:
    """End a key at once."""
    own_or_managed(key, actor)
    with transaction.atomic():
        ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
        events_write([Fact("team.apikey.revoked", "team.apikey", key.pk, {"name": key.name}, None)], actor)


def may_give(actor: Actor, role: Role) -> bool:
    """Whether the actor may do everything that the role may: nobody grants above their own."""
    hidden, fixed = set(role.hidden_fields), {*role.fixed_fields, *role.hidden_fields}
    if not (actor.hidden_fields <= hidden and actor.fixed_fields <= fixed):
        return False
    return reaches_no_further(role.reach, actor.reach) and all(
        actor.may(one) for one in role.permissions if not one.startswith("-")
    )


def invitation_create(email: str, *, role: Role, actor: Actor) -> tuple[Invitation, str]:
    """Ask someone to join; the answer's token goes into the link. Nobody grants a role above their own."""
    permit(actor, "team.invite_user")
    validate_email(email)
    if not may_give(actor, role):
        raise CrmError("forbidden", _("You cannot give a role that may do more than yours."), status=403)
    if User.objects.filter(email__iexact=email).exists():
        raise CrmError("conflict", _("This person is here already."), status=409)
    with transaction.atomic():
        for earlier in invitations_open().filter(email__iexact=email):
            invitation_withdraw(earlier.pk, actor=actor)
        people_room_check(invited=True)
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            invited_by_id=actor.acts_for or (actor.id if actor.kind == "user" else None),
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


def invitations_open() -> QuerySet[Invitation]:
    """Those that may still be taken up."""
    return Invitation.objects.select_related("role").filter(accepted_at=None, expires_at__gt=timezone.now())


@transaction.atomic
def invitation_withdraw(id: UUID, *, actor: Actor) -> Invitation:
    """Its link opens no more. Nobody withdraws what they could not have given."""
    permit(actor, "team.invite_user")
    found = invitations_open().filter(pk=id).first()
    if found is None:
        raise CrmError("not_found", _("This invitation is used up or too old; ask for a new one."), status=404)
    if not may_give(actor, found.role):
        raise CrmError("forbidden", _("You cannot give a role that may do more than yours."), status=403)
    Invitation.objects.filter(pk=id).update(expires_at=timezone.now())
    told = {"email": found.email, "role": found.role.code}
    events_write([Fact("team.invitation.withdrawn", "team.invitation", id, told, None)], actor)
    return found


def invitation_find(token: str) -> Invitation:
    """The open invitation of a link."""
    pk = opened(token, purpose="invitation", max_age=INVITATION_DAYS * 86400)
    found = invitations_open().filter(pk=pk).first() if pk else None
    if found is None:
        raise CrmError("not_found", _("This invitation is used up or too old; ask for a new one."), status=404)
    return found


def invitation_accept(token: str, *, name: str, password: str) -> User:
    """Become one of the tenant's people."""
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=invitation_find(token).pk)
        if invitation.accepted_at is not None:
            raise CrmError("not_found", _("This invitation is used up or too old; ask for a new one."), status=404)
        people_room_check()
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
