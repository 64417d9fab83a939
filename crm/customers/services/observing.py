"""What a customer did, noted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.verbs import asked_new, verb
from crm.customers.models import BehaviourEvent, Customer

BY_HAND = "form"  # the source of what people note


@verb(
    label=gettext_lazy("Note behaviour"),
    description=gettext_lazy("Note a visit, a view, a download: what the customer did, as shops and apps report it."),
    icon="activity",
    inputs={
        "kind": asked_new(
            "kind",
            models.CharField(pgettext_lazy("behaviour", "What"), max_length=10, choices=BehaviourEvent.Kind.choices),
        ),
        "happened_at": asked_new(
            "happened_at", models.DateTimeField(pgettext_lazy("behaviour", "When"), null=True, blank=True)
        ),
        "subject": asked_new(
            "subject",
            models.CharField(pgettext_lazy("behaviour", "Page, product or campaign"), max_length=200, blank=True),
        ),
        "channel": asked_new("channel", models.CharField(gettext_lazy("Channel"), max_length=40, blank=True)),
    },
    aside=True,
)
def customer_observe(
    customer: Customer, *, actor: Actor, kind: str, happened_at: datetime | None, subject: str, channel: str
) -> dict[str, Any]:
    """Keep one thing that the customer did, just now unless said otherwise."""
    now = timezone.now()
    moment = happened_at or now
    if moment > now or moment.year < 1970:
        raise CrmError("bad_moment", _("Lies in the future, or too far back."), status=422)
    BehaviourEvent.objects.create(
        customer=customer,
        kind=kind,
        happened_at=moment,
        subject=subject,
        channel=channel,
        source=BY_HAND,
        key=uuid4().hex,
    )
    return {}
