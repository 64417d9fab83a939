"""Papers: what goes out to somebody who does not log in, the same words as a page and as a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.models import Record
from crm.core.permissions import fields_permit, permit, visible
from crm.core.registry import Outgoing, Resource, registry
from crm.core.rows import may_name
from tenants.context import current
from tenants.hosts import tenant_origin
from tenants.signing import BadSignature, sign, unsign

PURPOSE = "paper"
LINK_DAYS = 180  # a link that is older answers nothing, whatever stands in the record


@dataclass(frozen=True)
class Paper:
    """What stands on it, in the order of the eye."""

    title: str
    number: str
    sender: tuple[str, ...]  # the name first, then address and how to reach them
    mark: str  # a word or two in the place of a logo
    receiver: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]  # of the table; all but the first are set to the right
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, str], ...]  # the last is the one that counts
    texts: tuple[tuple[str, str], ...]  # terms and the like: a heading and what it says
    standing: str = ""  # how it stands with it, in words: accepted by whom, replaced, expired
    is_open: bool = False  # whether it may still be answered
    is_answered: bool = False  # whether the answer was the one that was hoped for

    @property
    def named_rows(self) -> list[list[tuple[str, str]]]:
        """The table with the head of its column beside each text, for narrow screens."""
        return [list(zip(self.heads, row, strict=True)) for row in self.rows]

    @property
    def file_name(self) -> str:
        """A name for the file that every system takes."""
        return "".join(sign for sign in self.number if sign.isalnum() or sign in "-_") or "paper"


def paper_of(resource: Resource, record_id: UUID, *, actor: Actor) -> Paper:
    """The paper of a record that the actor may see."""
    permit(actor, resource.permission("view"))
    return written(resource, may_be_read(resource, found(resource, record_id, actor), actor))


def may_be_read(resource: Resource, record: Record, actor: Actor) -> Record:
    """The record, unless its paper says what the actor's role keeps from it."""
    says = outgoing_of(resource).says
    fields_permit(resource, says, actor)
    for name in says:
        label, pk = resource.links.get(name, ""), getattr(record, f"{name}_id", None)
        if label not in registry or not pk:
            continue
        if not may_name(label, actor) or not visible(registry[label].model, actor).filter(pk=pk).exists():
            text = _("The paper names a record that you may not see: %(field)s.")
            raise CrmError("forbidden", text % {"field": resource.specs[name].label}, status=403)
    return record


def found(resource: Resource, record_id: UUID, actor: Actor) -> Record:
    """A record of a noun that has papers."""
    outgoing_of(resource)
    record = visible(resource.model, actor).filter(pk=record_id).defer("search").first()
    if record is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return record


def written(resource: Resource, record: Record) -> Paper:
    """What the noun writes about the record."""
    paper: Paper = outgoing_of(resource).write(record)
    return paper


def outgoing_of(resource: Resource) -> Outgoing:
    """How a noun's records go out, if they do."""
    if resource.outgoing is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return resource.outgoing


def token_make(resource: Resource, record_id: UUID, *, actor: Actor) -> str:
    """What opens the record's paper to whoever holds it; only while the noun lets it out."""
    permit(actor, resource.permission("share"))
    record = may_be_read(resource, found(resource, record_id, actor), actor)
    if not outgoing_of(resource).is_out(record):
        raise CrmError("not_out", _("There is no link yet: send it first."), status=409)
    return sign([resource.label, str(record_id)], purpose=PURPOSE)


def link_of(resource: Resource, record_id: UUID, *, actor: Actor) -> str:
    """The whole address of a record's paper, for a mail."""
    path = reverse("ui:paper-open", args=[token_make(resource, record_id, actor=actor)])
    return tenant_origin(current()) + path.removeprefix(get_script_prefix())


@dataclass(frozen=True)
class Visitor:
    """Somebody who came by a link: to this record, and to nothing beside it."""

    resource: Resource
    record: Record

    @property
    def outgoing(self) -> Outgoing:
        """How such records go out."""
        return outgoing_of(self.resource)

    @property
    def paper(self) -> Paper:
        """What they may read."""
        return written(self.resource, self.record)

    def actor(self, verb: str, *, name: str, address: str, request_id: str) -> Actor:
        """Them as somebody who may do this one thing."""
        permissions = frozenset({self.resource.permission(verb)})
        return Actor("portal", None, permissions, "page", request_id, name=name, address=address)


def visitor_of(token: str) -> Visitor | None:
    """Whom a link lets in; None for one that is forged, of another company, too old, or about what is gone."""
    try:
        label, record_id = unsign(token, purpose=PURPOSE, max_age=LINK_DAYS * 86400)
    except BadSignature:
        return None
    resource = registry.get(str(label))
    if resource is None or resource.outgoing is None:
        return None
    rows = resource.model._default_manager.filter(pk=UUID(record_id), deleted_at__isnull=True)
    record = rows.defer("search").first()
    if record is None or not resource.outgoing.is_out(record):
        return None
    return Visitor(resource, record)

