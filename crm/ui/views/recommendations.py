"""The recommendations card of a record: accept, dismiss with a reason, and take it back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from analytics.cards import cards_of
from analytics.services import recommendation_find, recommendation_mark, recommendation_unmark
from crm.core.errors import CrmError
from crm.core.reading import record_read
from crm.core.registry import Resource
from crm.ui.pages import PageRequest, page, part, toast

JUDGE = "analytics.change_recommendation"


@require_http_methods(["GET", "POST"])
@page
def recommendation(request: PageRequest, resource: Resource, record_id: UUID, recommendation_id: int) -> HttpResponse:
    """GET asks for the reason of a dismissal; POST notes what is said and answers with the card as it is now."""
    actor = request.actor
    record_read(resource, record_id, actor=actor, fields=[resource.title])
    row = recommendation_find(recommendation_id, actor=actor, is_judged=True)
    if row.customer_id != record_id:
        raise CrmError("not_found", _("There is no such recommendation."), status=404)
    context = {"resource": resource, "record": {"id": record_id}, "may_judge": True}
    if request.method == "GET":
        reasons = [_("Has it already"), _("Not interested"), _("Too expensive"), _("Does not fit")]
        return part(request, "ui/parts/recommendation_dialog.html", {**context, "row": row, "reasons": reasons})
    said = said_of(request, recommendation_id)
    card = next(card for card in cards_of(resource.label, record_id, actor=actor) if card.kind == "recommendations")
    dismissed = row if request.POST.get("do") == "dismiss" else None
    answer = part(
        request, "ui/cards/recommendations.html", {**context, "card": card, "data": card.data, "dismissed": dismissed}
    )
    return toast(answer, said)


def said_of(request: PageRequest, recommendation_id: int) -> str:
    """Note what the person says; the words that confirm it."""
    match request.POST.get("do"):
        case "accept":
            recommendation_mark(recommendation_id, "accepted", actor=request.actor)
            return _("Noted as accepted.")
        case "dismiss":
            reason = " ".join(str(request.POST.get(name, "")) for name in ("answer", "reason")).replace("\x00", "")
            recommendation_mark(recommendation_id, "dismissed", actor=request.actor, reason=reason.strip())
            return _("Dismissed; it is not offered to this customer again.")
        case "undo":
            recommendation_unmark(recommendation_id, actor=request.actor)
            return _("Taken back.")
    raise CrmError("not_found", _("There is no such action."), status=404)
