"""Roles made and changed: what they permit, which records they reach, which fields they keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.core.actors import SYSTEM, Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.models import Layout
from crm.core.permissions import permit
from crm.core.querying import where_of_tree
from crm.core.registry import registry
from crm.team.models import Role
from crm.team.reach import ALL, EXTENTS, RULE
from crm.team.roles import ROLES
from crm.team.services import SCOPE, invitations_open, may_give

FIELDS = ("name", "permissions", "hidden_fields", "fixed_fields", "reach")
CODE = re.compile(r"[a-z][a-z-]{1,19}")
SAYS = {"see", "change", "rule"}


@transaction.atomic
def role_save(code: str, values: Mapping[str, Any], *, actor: Actor) -> Role:
    """Make a role or change it; nobody gives more than they hold, changes their own role, or narrows the owner's."""
    permit(actor, "team.manage_role")
    role = Role.objects.select_for_update().filter(code=code).first()
    if role is not None:
        change_check(role, actor)
    elif not CODE.fullmatch(code):
        raise wrong("code", _("A role's code is 2 to 20 small letters and hyphens."))
    before = told(role) if role else None
    role = role or Role(code=code, name=code)
    for name, value in values.items():
        setattr(role, name, judged(name, value))
    if not may_give(actor, role):
        raise CrmError("forbidden", _("You cannot give a role that may do more than yours."), status=403)
    role.save()
    verb = "created" if before is None else "changed"
    events_write([Fact(f"team.role.{verb}", "team.role", role.pk, before, told(role))], actor)
    return role


@transaction.atomic
def role_delete(code: str, *, actor: Actor) -> None:
    """A role that nobody has goes, with the layouts made for it; those that every company begins with stay."""
    permit(actor, "team.manage_role")
    role = Role.objects.select_for_update().filter(code=code).first()
    if role is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    if code in ROLES:
        raise CrmError("forbidden", _("The roles that every company begins with stay."), status=403)
    change_check(role, actor)
    if role.users.exists() or invitations_open().filter(role=role).exists():
        text = _("Somebody has this role or is invited to it, perhaps somebody inactive; give them another one first.")
        raise CrmError("conflict", text, status=409)
    Layout.objects.filter(role=code).delete()
    events_write([Fact("team.role.deleted", "team.role", role.pk, told(role), None)], actor)
    role.delete()


def change_check(role: Role, actor: Actor) -> None:
    """Whoever narrowed the owner's role would lock out the last who may do everything."""
    if role.code == "owner":
        text = _("The owner's role stays as it is: somebody must be able to do everything.")
        raise CrmError("forbidden", text, status=403)
    is_own = actor.person is not None and role.users.filter(pk=actor.person).exists()
    if is_own or not may_give(actor, role):
        raise CrmError("forbidden", _("Nobody changes their own role, or one that may do more."), status=403)


def told(role: Role) -> dict[str, Any]:
    """A role as history keeps it."""
    return {"code": role.code, **{name: getattr(role, name) for name in FIELDS}}


def judged(name: str, value: Any) -> Any:
    """One value of a role, refused by name where it says nothing that is known."""
    if name == "name":
        if not isinstance(value, str) or not value.strip() or len(value) > 60 or "\x00" in value:
            raise wrong(name, _("A role needs a name of at most 60 characters."))
        return value.strip()
    if name == "reach":
        return reach_judged(value)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong(name, _("Must be a list of texts."))
    odd = [one for one in value if not (is_permission(one) if name == "permissions" else is_field(name, one))]
    if odd:
        raise wrong(name, _("Unknown: %(names)s") % {"names": ", ".join(one[:80] for one in odd[:5])})
    return sorted(set(value))


def is_permission(text: str) -> bool:
    """Whether it has the form of a permission, of a pattern of some, or of one that is taken out again."""
    return len(text) <= 80 and SCOPE.fullmatch(text.removeprefix("-")) is not None and text != "-*"


def is_field(name: str, text: str) -> bool:
    """Whether it is a field or a part of a noun; what records are called cannot be hidden, hide the noun."""
    label, _dot, field = text.rpartition(".")
    resource = registry.get(label)
    if resource is None or (name == "hidden_fields" and field == resource.title):
        return False
    return field in resource.specs or any(part.name == field for part in resource.parts)


def reach_judged(value: Any) -> dict[str, Any]:
    """Which records: of known nouns, to known extents, by a rule that can be asked."""
    if not isinstance(value, dict):
        raise wrong("reach", _("Must be an object."))
    for label, says in value.items():
        resource = registry.get(label)
        if resource is None or not isinstance(says, dict) or says.keys() - SAYS:
            raise wrong("reach", _("Unknown: %(names)s") % {"names": label[:80]})
        extents = [says.get("see", ALL), says.get("change", ALL)]
        if any(not isinstance(one, str) or one not in EXTENTS for one in extents):
            raise wrong("reach", _("Takes one of: %(names)s") % {"names": ", ".join(EXTENTS)})
        if RULE in extents and says.get("rule") is None:
            raise wrong("reach", _("Give the rule that records must meet."))
        if says.get("rule") is not None:
            where_of_tree(resource, says["rule"], actor=SYSTEM)
    return value


def wrong(name: str, message: str) -> CrmError:
    """The refusal of one value."""
    errors = [{"pointer": f"/{name}", "code": "bad_value", "message": message}]
    return CrmError("invalid", message, status=422, errors=errors)
