"""What the models say: of one record, and of themselves."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from analytics.cards import Card, PredictionData, RecommendationsData, cards_of, model_page
from analytics.keeping import model_activate, model_retrain, model_rollback
from analytics.model_cards import version_card
from analytics.models import Recommendation
from analytics.readiness import readiness
from analytics.services import recommendation_mark, recommendation_unmark
from crm.api import about, about_tenant
from crm.api.openapi import Operation
from crm.api.told import PredictionsTold, ProductTold, RecommendationsTold, RecommendationTold
from crm.api.views import ApiView, ResourceView, object_of
from crm.core.errors import CrmError
from crm.core.permissions import visible

MOST, MOST_REASON = 50, 300
NO_VALUE = gettext_lazy("This address takes no such value.")


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
        data = getattr(self.card(id), "data", None)
        return Response(PredictionsTold(id=id, predictions=data if isinstance(data, PredictionData) else None))

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
        data = getattr(self.card(id), "data", None)
        found = data if isinstance(data, RecommendationsData) else RecommendationsData()
        again, new = found.buy_again[: int(most)], found.new_for_you[: int(most)]
        return Response(RecommendationsTold(id=id, buy_again=again, new_for_you=new, why=found.why))

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


class ModelOne(ApiView):
    """The card of one version of a model."""

    def get(self, request: Request, version_id: str) -> Response:
        """What it learned from, how it was judged, whether it is in use."""
        return Response(version_card(int(version_id), actor=self.actor))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about_tenant.model_card()


class ModelVerb(ApiView):
    """What can be done with a kind of model: retrain, activate, rollback."""

    verb = ""

    def post(self, request: Request, kind: str) -> Response:
        """Ask for it: a worker carries it out, and `GET /models` tells how far it is."""
        version = self.version_asked(object_of(request))
        answer: dict[str, Any] = {"kind": kind, "state": "queued", "progress": reverse("api:models", request=request)}
        if self.verb == "retrain":
            model_retrain(kind, actor=self.actor)
        else:
            used = (
                model_rollback(kind, actor=self.actor)
                if version is None
                else model_activate(kind, version, actor=self.actor)
            )
            answer |= {"version_id": used.pk, "version": used.name}
        return Response(answer, status=202)

    def version_asked(self, body: dict[str, Any]) -> int | None:
        """The version that `activate` names; the other two take nothing."""
        if unknown := [name for name in body if self.verb != "activate" or name != "version"]:
            errors = [{"pointer": f"/{name}", "code": "unknown_field", "message": NO_VALUE} for name in unknown]
            raise CrmError("invalid", NO_VALUE, status=422, errors=errors)
        if self.verb != "activate":
            return None
        version = body.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or not 0 < version < 2**63:
            raise CrmError(
                "invalid",
                _("Name the version by its number."),
                status=422,
                errors=[{"pointer": "/version", "code": "invalid", "message": _("Name the version by its number.")}],
            )
        return version

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about_tenant.model_verb(self.verb)


class Readiness(ApiView):
    """Which models the data unlocks, and what is missing."""

    def get(self, request: Request) -> Response:
        """In numbers and words."""
        return Response(readiness(actor=self.actor))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about_tenant.data_readiness()


class RecommendationVerb(ApiView):
    """What became of a recommendation: accepted, dismissed, or neither after all."""

    verb = ""

    def post(self, request: Request, recommendation_id: str) -> Response:
        """Note it and answer the recommendation as it is now."""
        body, known = object_of(request), ("reason",) if self.verb == "dismiss" else ()
        if unknown := [name for name in body if name not in known]:
            errors = [{"pointer": f"/{name}", "code": "unknown_field", "message": NO_VALUE} for name in unknown]
            raise CrmError("invalid", NO_VALUE, status=422, errors=errors)
        reason = body.get("reason") or ""
        if not isinstance(reason, str) or len(reason) > MOST_REASON:
            message = _("The reason is a text of at most %(max)s characters.") % {"max": MOST_REASON}
            errors = [{"pointer": "/reason", "code": "invalid", "message": message}]
            raise CrmError("invalid", message, status=422, errors=errors)
        row = self.judged(int(recommendation_id), reason)
        product: ProductTold = {"id": row.product_id, "name": row.product.name, "sku": row.product.sku}
        told: RecommendationTold = {
            "id": row.pk,
            "customer": row.customer_id,
            "product": product,
            "accepted_at": row.accepted_at,
            "dismissed_at": row.dismissed_at,
            "dismissed_for": row.dismissed_for,
        }
        return Response(told)

    def judged(self, recommendation_id: int, reason: str) -> Recommendation:
        """By the verb."""
        if self.verb == "undo":
            return recommendation_unmark(recommendation_id, actor=self.actor)
        mark = {"accept": "accepted", "dismiss": "dismissed"}[self.verb]
        return recommendation_mark(recommendation_id, mark, actor=self.actor, reason=reason)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about_tenant.recommendation_verb(self.verb)
