"""A role as a table: what it may do with each noun, which records it reaches, which fields it keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.core.actors import Actor, granted
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import Resource, registry
from crm.team.models import Role
from crm.team.reach import ALL, RULE
from crm.team.role_keeping import role_save, told

BASIC = ("view", "add", "change", "delete", "export")
KEEP, GRANT = "team.manage_role", "grant"
SHOWN, FIXED, HIDDEN = "shown", "fixed", "hidden"


@dataclass(frozen=True)
class Line:
    """One noun: what may be done with it, which records, and how many fields are kept."""

    resource: Resource
    may: dict[str, bool]
    see: str
    change: str
    rule: Any
    hidden: int
    fixed: int


@dataclass(frozen=True)
class Wanted:
    """What somebody wants of a noun: the actions that are allowed, of those that were asked about; which records."""

    asked: Collection[str]
    may: Collection[str]
    see: str = ""
    change: str = ""


def lines_of(role: Role) -> list[Line]:
    """Every noun."""
    held = frozenset(role.permissions)
    return [line_of(role, noun, held) for noun in registry]


def line_of(role: Role, noun: Resource, held: frozenset[str]) -> Line:
    """One of them."""
    says, prefix = role.reach.get(noun.label, {}), f"{noun.label}."
    return Line(
        noun,
        {action: granted(held, noun.permission(action)) for action in BASIC},
        says.get("see", ALL),
        says.get("change", ALL),
        says.get("rule"),
        sum(name.startswith(prefix) for name in role.hidden_fields),
        sum(name.startswith(prefix) for name in role.fixed_fields),
    )


def mark_of(role: Role) -> str:
    """A role as it stands, in short: so that nobody writes over what they have not seen."""
    return hashlib.sha256(json.dumps(told(role), sort_keys=True).encode()).hexdigest()[:16]


def permissions_after(held: Iterable[str], wanted: Mapping[str, Wanted]) -> list[str]:
    """The role's permissions where these actions are allowed and those asked about beside them are not."""
    kept = set(held)
    for label, one in wanted.items():
        for action in one.asked:
            name = registry[label].permission(action)
            kept -= {f"-{name}"} if action in one.may else {name}
            if granted(frozenset(kept), name) is not (action in one.may):
                kept.add(name if action in one.may else f"-{name}")
    return sorted(kept)


def reach_after(held: Mapping[str, Any], wanted: Mapping[str, Wanted]) -> dict[str, Any]:
    """Which records the role reaches then; a rule goes with the last extent that needs it."""
    found = dict(held)
    for label, one in wanted.items():
        if not one.see:
            continue
        says = {"see": one.see, "change": one.change}
        rule = held.get(label, {}).get("rule")
        if rule is not None and (one.see not in (ALL, "none") or one.change == RULE):
            says["rule"] = rule
        found.pop(label, None)
        if says != {"see": ALL, "change": ALL}:
            found[label] = says
    return found


@transaction.atomic
def matrix_save(code: str, wanted: Mapping[str, Wanted], *, mark: str, actor: Actor) -> Role:
    """Change what a role may do with some nouns, unless somebody else has changed the role meanwhile."""
    role = role_held(code, mark, actor)
    values = {
        "permissions": permissions_after(role.permissions, wanted),
        "reach": reach_after(role.reach, wanted),
    }
    return role_save(code, values, actor=actor)


@transaction.atomic
def noun_save(
    code: str, noun: Resource, wanted: Wanted, fields: Mapping[str, str], *, mark: str, actor: Actor
) -> Role:
    """Change what a role may do with one noun beside the five, and which of its fields it keeps."""
    role = role_held(code, mark, actor)
    prefix = f"{noun.label}."
    values: dict[str, Any] = {"permissions": permissions_after(role.permissions, {noun.label: wanted})}
    for name, kind in (("hidden_fields", HIDDEN), ("fixed_fields", FIXED)):
        others = [one for one in getattr(role, name) if not one.startswith(prefix)]
        values[name] = [*others, *(prefix + field for field, how in fields.items() if how == kind)]
    return role_save(code, values, actor=actor)


@transaction.atomic
def rule_save(code: str, noun: Resource, says: Mapping[str, str], rule: Any, *, mark: str, actor: Actor) -> Role:
    """Change which records of a noun a role reaches, and the rule that they meet; without one, the rule is gone."""
    role = role_held(code, mark, actor)
    reach = {label: held for label, held in role.reach.items() if label != noun.label}
    wanted: dict[str, Any] = {"see": says["see"], "change": says["change"]}
    if rule is not None:
        wanted["rule"] = rule
    if wanted != {"see": ALL, "change": ALL}:
        reach[noun.label] = wanted
    return role_save(code, {"reach": reach}, actor=actor)


def role_held(code: str, mark: str, actor: Actor) -> Role:
    """The role, locked; refused where it is no longer as it was read."""
    permit(actor, KEEP)
    role = Role.objects.select_for_update().filter(code=code).first()
    if role is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    if mark != mark_of(role):
        raise CrmError("stale", _("Was changed by someone else in the meantime."), status=409)
    return role


def actions_of(noun: Resource) -> list[tuple[str, str]]:
    """What else may be allowed with a noun: its own actions, and a few that the frame has."""
    found = [(one.name, str(one.label)) for one in noun.verbs]
    found += [(GRANT, _("Share with colleagues"))]
    found += [("merge", _("Merge"))] if noun.alike else []
    found += [("share", _("Hand out links"))] if noun.outgoing else []
    found += [("disclose", _("Hand over everything known")), ("erase", _("Erase"))] if noun.subject else []
    return found + ([("reveal", _("See sensitive values"))] if noun.sensitive else [])
