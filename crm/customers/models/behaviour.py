"""What customers do: visits, views, calls. Many, small, never changed: no Record."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm.customers.models.customers import Customer


class BehaviourEvent(models.Model):
    """One thing that a customer did; the same source never says the same key twice."""

    class Kind(models.TextChoices):
        """What it was."""

        VISIT = "visit", _("Visit")
        VIEW = "view", _("Page or product viewed")
        CART = "cart", _("Put into the cart")
        APP_OPEN = "app_open", _("App opened")
        CALL = "call", _("Call")
        RESPONSE = "response", _("Response to a campaign")
        LOGIN = "login", _("Log-in")
        DOWNLOAD = "download", _("Download")
        OTHER = "other", _("Something else")

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="behaviour")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    happened_at = models.DateTimeField()
    subject = models.CharField(max_length=200, blank=True)  # the page, the product, the campaign
    channel = models.CharField(max_length=40, blank=True)
    value = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "key"], name="behaviour_once")]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-happened_at"], name="behaviour_customer"),
            models.Index(fields=["happened_at"], name="behaviour_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_at:%Y-%m-%d}"
