"""What the models say: of one record, and of themselves."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.cards import Card, cards_of, model_page
from crm.api import about, about_tenant
from crm.api.openapi import Operation
from crm.api.views import ApiView, ResourceView
from crm.core.errors import CrmError
from crm.core.permissions import visible

MOST = 50


class RecordCards(ResourceView):
    """The cards of one record of one kind; 404 where the record is not there or may not be seen."""

    kind = ""

    def card(self, id: UUID) -> Card | None:
        """The card of this view's kind."""
        if not self.actor.may(self.resource.permission("view")):
            raise CrmError(
                "forbidden", _("You may not do this."), status=403, permission=self.resource.permission("view")
            )
        if not visible(self.resource.model, self.actor).filter(pk=id).exists():
            raise CrmError("not_found", _("There is no such record."), status=404)
        cards = cards_of(self.resource.label, id, actor=self.actor)
        return next((card for card in cards if card.kind == self.kind), None)


class RecordPredictions(RecordCards):
    """Scores of one record, with reasons."""

    kind = "prediction"

    def get(self, request: Request, id: UUID) -> Response:
        """What is stored: nothing is computed here."""
        card = self.card(id)
        return Response({"id": id, "predictions": card and card.data})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.predictions(self.resource)


class RecordRecommendations(RecordCards):
    """Products to offer to one record, with reasons."""

    kind = "recommendations"
    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"n"})}

    def get(self, request: Request, id: UUID) -> Response:
        """The first `n` of each list."""
        most = request.query_params.get("n", "10")
        if not (most.isascii() and most.isdigit() and len(most) < 4 and 1 <= int(most) <= MOST):
            raise CrmError("bad_value", _("n goes from 1 to %(max)s.") % {"max": MOST}, parameter="n")
        card = self.card(id)
        lists = (
            {name: list(getattr(card.data, name))[: int(most)] for name in ("buy_again", "new_for_you")} if card else {}
        )
        return Response(
            {"id": id, "buy_again": [], "new_for_you": [], **lists, "why": getattr(card and card.data, "why", "")}
        )

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.recommendations(self.resource)


class Models(ApiView):
    """The models in use: contest, grade and its rule, calibration, history."""

    def get(self, request: Request) -> Response:
        """As the model page shows it."""
        return Response(model_page(actor=self.actor))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about_tenant.models()
