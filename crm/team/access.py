"""Why somebody may see a record, or change it: through which role, owner, team and rule; and why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.models import Record
from crm.core.permissions import is_apart, is_fixed, is_hidden, may_change, permit, visible, wholes_of, within
from crm.core.registry import Resource, registry
from crm.team.acting import answering
from crm.team.models import Share, Team, User
from crm.team.reach import ALL, NONE, OWN, RULE, TEAM, condition_of
from crm.team.services import actor_of_user
from crm.team.shares import reasons_of

Doing = Literal["see", "change"]
OTHERS = "team.manage_role"  # to ask about a colleague


@dataclass(frozen=True)
class Ground:
    """One reason: what it comes from, whether it speaks for it, and in words."""

    kind: Literal["account", "permission", "all", "own", "team", "rule", "none", "share", "stands"]
    holds: bool
    text: str
    rule: Any = None  # of kind rule: the condition in the filter language


@dataclass(frozen=True)
class Access:
    """What a person may do with a record, and why."""

    person: User
    may_see: bool
    may_change: bool
    see: list[Ground]
    change: list[Ground]
    hidden: list[str]  # what the fields are called that the role does not show
    fixed: list[str]  # and those that it shows only


def access_of(resource: Resource, id: UUID, *, actor: Actor, person: UUID | None = None) -> Access:
    """Why the actor, or a colleague whom it names, may see and change a record, or may not."""
    permit(actor, resource.permission("view"))
    record = visible(resource.model, actor).filter(pk=id).select_related("owner").defer("search").first()
    if record is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    asked = asked_about(actor, person)
    there = actor_of_user(asked, via=actor.via)
    seen = asked.is_active and there.may(resource.permission("view"))
    seen = seen and visible(resource.model, there).filter(pk=id).exists()
    specs = [spec for spec in resource.specs.values() if not is_hidden(resource, spec.name, actor)]
    return Access(
        asked,
        seen,
        seen and may_change(resource, id, there),
        list(grounds(resource, record, asked, there, "see")),
        list(grounds(resource, record, asked, there, "change")),
        [str(spec.label) for spec in specs if is_hidden(resource, spec.name, there)],
        [str(spec.label) for spec in specs if is_fixed(resource, spec.name, there)],
    )


def asked_about(actor: Actor, person: UUID | None) -> User:
    """Who is meant: the person who asks, or whoever answers for the program; of others whoever keeps the roles asks."""
    mine = answering(actor)
    if person is not None and person != mine:
        permit(actor, OTHERS)
    found = User.objects.select_related("role", "team").filter(pk__in=[person or mine]).first()
    if found is None:
        raise CrmError("not_found", _("There is no such person."), status=404)
    return found


def grounds(resource: Resource, record: Record, person: User, there: Actor, doing: Doing) -> Iterator[Ground]:
    """The reasons, one after the other; all but the account and the role stand beside each other."""
    if not person.is_active:
        yield Ground("account", holds=False, text=_("%(person)s can no longer log in.") % {"person": person})
    yield permission_ground(resource, person, there, doing)
    says = there.reach.told.get(resource.label, {})
    extent, rule = says.get(doing, ALL), says.get("rule")
    if extent == ALL:
        yield Ground("all", holds=True, text=_("The role reaches all of them."))
    elif extent == NONE:
        yield Ground("none", holds=False, text=_("The role reaches none of them."))
    if extent == OWN:
        yield own_ground(record, person)
    if extent == TEAM:
        holds = is_met(record, resource, there, TEAM)
        named = getattr(record, resource.team_link) if resource.team_link else None
        yield (holds and given_ground(named, person)) or team_ground(record, person, holds=holds)
    if extent == RULE or (rule is not None and doing == "see" and extent in (OWN, TEAM)):
        yield rule_ground(record, resource, there, rule)
    yield from share_grounds(resource, record, there, doing)
    if doing == "see":
        yield from stands_ground(record, there)


def permission_ground(resource: Resource, person: User, there: Actor, doing: Doing) -> Ground:
    """What the role says of the noun."""
    holds = there.may(resource.permission("view" if doing == "see" else "change"))
    texts = {
        ("see", True): _("The role “%(role)s” may see %(nouns)s."),
        ("see", False): _("The role “%(role)s” may not see %(nouns)s."),
        ("change", True): _("The role “%(role)s” may change %(nouns)s."),
        ("change", False): _("The role “%(role)s” may not change %(nouns)s."),
    }
    words = {"role": person.role.label, "nouns": str(resource.name_plural).lower()}
    return Ground("permission", holds=holds, text=texts[doing, holds] % words)


def is_met(record: Record, resource: Resource, there: Actor, extent: str, rule: Any = None) -> bool:
    """Whether a record is among those of an extent, asked as every question asks."""
    where = condition_of(resource, extent, rule)(there)
    return resource.model._default_manager.filter(where, pk=record.pk).exists()


def own_ground(record: Record, person: User) -> Ground:
    """Of a role that reaches one's own records."""
    if record.owner_id == person.pk:
        return Ground("own", holds=True, text=_("%(person)s is the owner.") % {"person": person})
    if record.owner is None:
        return Ground("own", holds=False, text=_("The role reaches one's own records; nobody owns this one."))
    text = _("The role reaches one's own records; %(owner)s owns this one.")
    return Ground("own", holds=False, text=text % {"owner": record.owner})


def given_ground(team: Team | None, person: User) -> Ground | None:
    """Of a record that was given to a team by itself, if that leads to the person."""
    if not any(person.pk == one.manager_id or one.pk == person.team_id for one in upwards(team)):
        return None
    text = _("It was given to the team %(team)s, which %(person)s is in, or leads.")
    return Ground("team", holds=True, text=text % {"team": team, "person": person})


def team_ground(record: Record, person: User, *, holds: bool) -> Ground:
    """Of a role that reaches what belongs to the team: how the owner stands to the person."""
    owner: Any = record.owner
    if owner is None:
        return Ground("team", holds=False, text=_("The role reaches the team's records; nobody owns this one."))
    words = {"person": person, "owner": owner, "team": owner.team}
    if owner.pk == person.pk:
        text = _("%(person)s is the owner.")
    elif not holds:
        text = _("The role reaches the team's records; %(owner)s, who owns this one, is in no team of %(person)s.")
    elif owner.team_id == person.team_id:
        text = _("%(owner)s, the owner, is in the same team: %(team)s.")
    else:
        above = next(one for one in upwards(owner.team) if person.pk == one.manager_id or one.pk == person.team_id)
        words["above"] = above
        is_managed, is_same = above.manager_id == person.pk, above.pk == owner.team_id
        managed = _("%(person)s manages %(team)s, the team of %(owner)s, who is the owner.")
        managed_above = _("%(person)s manages %(above)s; below it is %(team)s, the team of the owner, %(owner)s.")
        below = _("%(owner)s, the owner, is in %(team)s, which stands below %(above)s.")
        text = below if not is_managed else managed if is_same else managed_above
    return Ground("team", holds=holds, text=text % words)


def upwards(team: Team | None) -> Iterator[Team]:
    """A team, and those above it."""
    passed: set[UUID] = set()
    while team is not None and team.pk not in passed:
        passed.add(team.pk)
        yield team
        team = Team.objects.filter(pk=team.parent_id, deleted_at=None).first() if team.parent_id else None


def rule_ground(record: Record, resource: Resource, there: Actor, rule: Any) -> Ground:
    """Of a role that reaches what meets a rule."""
    holds = is_met(record, resource, there, RULE, rule)
    text = _("It meets the rule of the role.") if holds else _("It does not meet the rule of the role.")
    return Ground("rule", holds=holds, text=text, rule=rule)


def share_grounds(resource: Resource, record: Record, there: Actor, doing: Doing) -> Iterator[Ground]:
    """What others have opened, where the role does not reach every record anyway."""
    limited = there.reach.see if doing == "see" else there.reach.change
    for share in reasons_of(resource, record.pk, there) if resource.label in limited else ():
        if share.is_writable or doing == "see":
            yield share_ground(share)


def share_ground(share: Share) -> Ground:
    """Of a record that somebody has opened."""
    words = {
        "giver": share.given_by or _("somebody"),
        "team": share.team,
        "until": date_format(share.ends_on, "SHORT_DATE_FORMAT") if share.ends_on else "",
    }
    texts = {
        (False, False): _("%(giver)s shared it with them."),
        (False, True): _("%(giver)s shared it with them until %(until)s."),
        (True, False): _("%(giver)s shared it with the team %(team)s."),
        (True, True): _("%(giver)s shared it with the team %(team)s until %(until)s."),
    }
    return Ground("share", holds=True, text=texts[bool(share.team), bool(share.ends_on)] % words)


def stands_ground(record: Any, there: Actor) -> Iterator[Ground]:
    """What stands with another record, or is a piece of one, is seen by whoever sees that one."""
    stands = [(getattr(record, "object_type", ""), getattr(record, "object_id", None))]
    pieces = [(whole, getattr(record, f"{link}_id")) for link, whole in wholes_of(record._meta.label_lower).items()]
    for label, pk in (*stands, *pieces):
        if pk and label in registry and is_apart(label, there):
            yield whole_ground(registry[label], pk, there)


def whole_ground(about: Resource, pk: UUID, there: Actor) -> Ground:
    """Of another record that must be seen, too."""
    holds = within(about.model._default_manager.filter(pk=pk), there).exists()
    text = _("It stands with a record of %(nouns)s that the role reaches.") if holds else _(
        "It stands with a record of %(nouns)s that the role does not reach."
    )
    return Ground("stands", holds=holds, text=text % {"nouns": str(about.name_plural).lower()})
