"""The consent ledger: what somebody agreed to, what holds today, and who may rely on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.further import listed
from crm.core.permissions import permit, visible
from crm.core.registry import Row, registry
from crm.core.specs import FieldSpec
from crm.core.verbs import asked_new, verb
from crm.customers.models import ConsentBasis, ConsentChannel, ConsentEntry, ConsentPurpose, Customer

CUSTOMER = Customer._meta.label_lower
PURPOSE = asked_new("purpose", models.CharField(gettext_lazy("Purpose"), max_length=10, choices=ConsentPurpose.choices))
CHANNEL = asked_new("channel", models.CharField(gettext_lazy("Channel"), max_length=8, choices=ConsentChannel.choices))
SOURCE = asked_new("source", models.CharField(gettext_lazy("Where it was said"), max_length=80, blank=True))
PROOF = asked_new("proof", models.CharField(gettext_lazy("Proof"), max_length=300, blank=True))


@verb(
    label=gettext_lazy("Record consent"),
    description=gettext_lazy("Write into the ledger what the customer has agreed to; nothing in it is ever changed."),
    icon="shield-check",
    inputs={
        "purpose": PURPOSE,
        "channel": CHANNEL,
        "basis": asked_new(
            "basis", models.CharField(gettext_lazy("Legal basis"), max_length=10, choices=ConsentBasis.choices)
        ),
        "source": SOURCE,
        "proof": PROOF,
        "expires_on": asked_new("expires_on", models.DateField(gettext_lazy("Valid until"), null=True, blank=True)),
    },
    aside=True,
)
def customer_consent(customer: Customer, *, actor: Actor, **given: Any) -> dict[str, Any]:
    """Note that somebody has agreed; sensitive data and profiling are agreed to by consent alone."""
    if given["purpose"] == ConsentPurpose.SENSITIVE and given["basis"] != ConsentBasis.CONSENT:
        raise CrmError("basis", _("Sensitive data needs consent of its own; no other basis will do."), status=422)
    if given["expires_on"] and given["expires_on"] < timezone.localdate():
        raise CrmError("expired", _("What is valid until a day that has passed is not valid."), status=422)
    entry_write(customer, actor, is_given=True, **given)
    return {"is_profiling_refused": False} if given["purpose"] == ConsentPurpose.PROFILING else {}


@verb(
    label=gettext_lazy("Withdraw consent"),
    description=gettext_lazy("Write into the ledger that the customer takes an agreement back."),
    icon="shield-off",
    inputs={"purpose": PURPOSE, "channel": CHANNEL, "source": SOURCE, "proof": PROOF},
    aside=True,
)
def customer_withdraw(customer: Customer, *, actor: Actor, **given: Any) -> dict[str, Any]:
    """Note that somebody has taken an agreement back; whoever refuses profiling is left out of it from now on."""
    entry_write(customer, actor, is_given=False, basis=ConsentBasis.CONSENT.value, **given)
    return {"is_profiling_refused": True} if given["purpose"] == ConsentPurpose.PROFILING else {}


def entry_write(customer: Customer, actor: Actor, **values: Any) -> None:
    """One more line of the ledger."""
    ConsentEntry.objects.create(customer=customer, actor_kind=actor.kind, actor_id=actor.id, **values)


def state_of(entry: ConsentEntry, today: date) -> str:
    """What a line says today."""
    if not entry.is_given:
        return "withdrawn"
    return "expired" if entry.expires_on is not None and entry.expires_on < today else "given"


def latest(customers: Iterable[UUID], where: Q) -> Sequence[ConsentEntry]:
    """Of each customer, purpose and channel the newest line."""
    rows = ConsentEntry.objects.filter(where, customer__in=list(customers))
    return list(
        rows.order_by("customer", "purpose", "channel", "-at", "-id").distinct("customer", "purpose", "channel")
    )


def consented(customers: Iterable[UUID], *, purpose: str, channel: str) -> dict[UUID, bool]:
    """Whether each of these customers may be reached for a purpose by a channel: by that channel, else by any.

    Where nothing was ever said there is no consent; a withdrawal for one channel leaves the others as they are."""
    ids, today = list(customers), timezone.localdate()
    said: dict[UUID, dict[str, str]] = {}
    for entry in latest(ids, Q(purpose=purpose, channel__in=(channel, ConsentChannel.ANY))):
        said.setdefault(entry.customer_id, {})[entry.channel] = state_of(entry, today)
    return {pk: (found := said.get(pk, {})).get(channel, found.get("any", "")) == "given" for pk in ids}


def consent_check(customer: UUID, *, purpose: str, channel: str, actor: Actor) -> bool:
    """Whether one customer, whom the actor may see, may be reached."""
    resource = registry[CUSTOMER]
    permit(actor, resource.permission("view"))
    if not visible(Customer, actor).filter(pk=customer).exists():
        raise CrmError("not_found", _("There is no such record."), status=404)
    for name, value, words in (("purpose", purpose, ConsentPurpose), ("channel", channel, ConsentChannel)):
        if value not in words.values:
            text = _("%(value)s is not one of the choices.") % {"value": value[:40]}
            raise CrmError("bad_value", text, parameter=name, allowed=list(words.values))
    return consented([customer], purpose=purpose, channel=channel)[customer]


STATES = (
    ("given", gettext_lazy("Given")),
    ("withdrawn", gettext_lazy("Withdrawn")),
    ("expired", gettext_lazy("Expired")),
)
SPECS = (
    FieldSpec("purpose", gettext_lazy("Purpose"), "choice", choices=tuple(ConsentPurpose.choices)),
    FieldSpec("channel", gettext_lazy("Channel"), "choice", choices=tuple(ConsentChannel.choices)),
    FieldSpec("state", gettext_lazy("State"), "choice", choices=STATES),
    FieldSpec("basis", gettext_lazy("Legal basis"), "choice", choices=tuple(ConsentBasis.choices)),
    FieldSpec("source", gettext_lazy("Where it was said"), "text"),
    FieldSpec("at", gettext_lazy("When"), "moment"),
    FieldSpec("expires_on", gettext_lazy("Valid until"), "date"),
)


def consents_read(customer: UUID) -> list[Row]:
    """What holds today of everything that somebody has said."""
    today = timezone.localdate()
    return [
        {spec.name: state_of(one, today) if spec.name == "state" else getattr(one, spec.name) for spec in SPECS}
        for one in latest([customer], Q())
    ]


def mail_refused(addresses: Sequence[str]) -> dict[str, str]:
    """Customers who took back that they may be written to at all: no service mail, by e-mail or by any way."""
    rows = Customer.objects.filter(deleted_at__isnull=True).alias(small=Lower("email"))
    held = rows.filter(Q(small__in=addresses) | listed("other_emails", addresses))
    people = {pk: [small, *others] for pk, small, others in held.values_list("pk", Lower("email"), "other_emails")}
    said: dict[UUID, dict[str, bool]] = {}
    where = Q(purpose=ConsentPurpose.SERVICE, channel__in=(ConsentChannel.EMAIL, ConsentChannel.ANY))
    for entry in latest(people, where):
        said.setdefault(entry.customer_id, {})[entry.channel] = entry.is_given
    text = _("%(address)s is to get no mail: the customer withdrew their consent to it.")
    may = {pk: ways.get(ConsentChannel.EMAIL, ways.get(ConsentChannel.ANY, True)) for pk, ways in said.items()}
    refused = (one for pk, is_given in may.items() if not is_given for one in people[pk] if one in addresses)
    return {address: text % {"address": address} for address in refused}
