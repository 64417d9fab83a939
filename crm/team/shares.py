"""One record opened to a colleague or a team, until a day or for ever; nobody opens more than they have themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.days import today
from crm.core.errors import CrmError
from crm.core.permissions import may_change, permit, visible
from crm.core.registry import Resource, registry
from crm.team.matrix import GRANT, KEEP
from crm.team.models import Share, Team, User
from crm.team.reach import reach_of, shares_with
from crm.team.services import actor_of_user


@dataclass(frozen=True)
class Offer:
    """What is to be opened: to whom (one of the two), whether to change, until when."""

    user: UUID | None = None
    team: UUID | None = None
    may_change: bool = False
    until: date | None = None


def by_role(actor: Actor) -> Actor:
    """The actor without what others share with it: what has been opened to somebody is not theirs to open."""
    return replace(actor, reach=reach_of(actor.reach.told, with_shares=False))


def may_share(resource: Resource, id: UUID, actor: Actor) -> bool:
    """Whether the actor may open this record to others: it reaches it by its own role."""
    if not actor.may(resource.permission(GRANT)):
        return False
    return not actor.reach.see or visible(resource.model, by_role(actor)).filter(pk=id).exists()


def shares_of(resource: Resource, id: UUID, *, actor: Actor) -> QuerySet[Share]:
    """To whom a record is open now, for whoever may open it."""
    there_check(resource, id, actor)
    permit(actor, resource.permission(GRANT))
    lasting = Q(ends_on=None) | Q(ends_on__gte=today())
    rows = Share.objects.filter(lasting, object_type=resource.label, object_id=id)
    return rows.select_related("user", "team", "given_by").order_by("created_at", "pk")


def there_check(resource: Resource, id: UUID, actor: Actor) -> None:
    """Refuse what the actor does not see like what is not there."""
    permit(actor, resource.permission("view"))
    if not visible(resource.model, actor).filter(pk=id).exists():
        raise CrmError("not_found", _("There is no such record."), status=404)


@transaction.atomic
def share_give(resource: Resource, id: UUID, offer: Offer, *, actor: Actor) -> Share:
    """Open a record, or change how far it is open to somebody."""
    there_check(resource, id, actor)
    permit(actor, resource.permission(GRANT))
    if not may_share(resource, id, actor):
        raise CrmError("forbidden", _("This record is only shared with you: ask its owner to share it."), status=403)
    if offer.may_change and not may_change(resource, id, by_role(actor)):
        raise CrmError("forbidden", _("You cannot let others change what you may only see."), status=403)
    user, team = to_whom(resource, offer)
    if offer.until is not None and offer.until < today():
        raise wrong("until", _("This day is over."))
    whom: dict[str, Any] = {"object_type": resource.label, "object_id": id, "user": user, "team": team}
    found = Share.objects.select_for_update().filter(**whom).first()
    before = told(found) if found else None
    share = found or Share(**whom)
    share.is_writable, share.ends_on, share.given_by_id = offer.may_change, offer.until, giver(actor)
    share.save()
    if told(share) != before:
        note(share, "shared", before, told(share), actor)
    return share


@transaction.atomic
def share_end(id: UUID, *, actor: Actor) -> None:
    """Close a record again: by whoever opened it, whoever may open it, or whoever keeps the roles."""
    share = Share.objects.select_for_update(of=("self",)).select_related("user", "team").filter(pk=id).first()
    resource = registry.get(share.object_type) if share else None
    if share is None or resource is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    there_check(resource, share.object_id, actor)
    is_giver = share.given_by_id is not None and share.given_by_id == giver(actor)
    if not (is_giver or actor.may(KEEP) or may_share(resource, share.object_id, actor)):
        raise CrmError("forbidden", _("You may not do this."), status=403)
    before = told(share)
    share.delete()
    note(share, "unshared", before, None, actor)


def giver(actor: Actor) -> UUID | None:
    """The person whose word it is; a program of nobody's has none."""
    return actor.person if actor.kind == "user" or actor.acts_for else None


def to_whom(resource: Resource, offer: Offer) -> tuple[User | None, Team | None]:
    """The colleague or the team; refused where it would do nothing."""
    if (offer.user is None) is (offer.team is None):
        raise wrong("person", _("Name a person or a team."))
    if offer.user is None:
        team = Team.objects.filter(pk__in=[offer.team], deleted_at=None).first()
        if team is None:
            raise wrong("team", _("There is no such team."))
        return None, team
    user = User.objects.select_related("role").filter(pk__in=[offer.user], is_active=True).first()
    if user is None:
        raise wrong("person", _("There is no such person."))
    there = actor_of_user(user, via="job")
    for action in ("view", "change") if offer.may_change else ("view",):
        if not there.may(resource.permission(action)):
            text = _("The role “%(role)s” may not do this with %(nouns)s: sharing gives records, not permissions.")
            raise wrong("person", text % {"role": user.role.label, "nouns": str(resource.name_plural).lower()})
    return user, None


def told(share: Share) -> dict[str, Any]:
    """A share as history keeps it."""
    return {
        "shared_with": {
            "kind": "person" if share.user_id else "team",
            "id": str(share.user_id or share.team_id),
            "name": str(share.user or share.team),
            "may_change": share.is_writable,
            "until": share.ends_on.isoformat() if share.ends_on else None,
        }
    }


def note(share: Share, verb: str, before: Any, after: Any, actor: Actor) -> None:
    """Write it into the history of the record."""
    events_write([Fact(f"{share.object_type}.{verb}", share.object_type, share.object_id, before, after)], actor)


def wrong(name: str, message: str) -> CrmError:
    """The refusal of one value."""
    errors = [{"pointer": f"/{name}", "code": "bad_value", "message": message}]
    return CrmError("invalid", message, status=422, errors=errors)


def reasons_of(resource: Resource, id: UUID, there: Actor) -> Sequence[Share]:
    """What opens a record to somebody, as every list asks it."""
    rows = shares_with(there).filter(object_type=resource.label, object_id=id)
    return list(rows.select_related("team", "given_by").order_by("created_at", "pk"))
