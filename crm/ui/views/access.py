"""Why can I see this? The answer, for oneself or for a colleague."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.core.errors import CrmError
from crm.core.registry import Resource, registry
from crm.team.access import OTHERS, Ground, access_of
from crm.team.models import User
from crm.ui.conditions import titles_in, tree_words
from crm.ui.pages import PageRequest, page, part


@require_GET
@page
def access(request: PageRequest, label: str, record_id: UUID) -> HttpResponse:
    """The dialog; with `person` in the address, about them."""
    resource = registry.get(label)
    if resource is None:
        raise CrmError("not_found", _("There is no such noun."), status=404)
    found = access_of(resource, record_id, actor=request.actor, person=person_of(str(request.GET.get("person", ""))))
    colleagues = User.objects.filter(is_active=True).order_by("name", "email")
    context = {
        "resource": resource,
        "record_id": record_id,
        "found": found,
        "is_mine": found.person.pk == request.user.pk,
        "sides": [
            (_("See"), found.may_see, [(one, rule_words(resource, one, request)) for one in found.see]),
            (_("Change"), found.may_change, [(one, rule_words(resource, one, request)) for one in found.change]),
        ],
        "colleagues": colleagues if request.actor.may(OTHERS) else [],
    }
    return part(request, "ui/parts/access_dialog.html", context)


def person_of(text: str) -> UUID | None:
    """The colleague who was chosen."""
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise CrmError("not_found", _("There is no such person."), status=404) from error


def rule_words(resource: Resource, ground: Ground, request: PageRequest) -> str:
    """The rule that a reason speaks of, as a sentence."""
    if ground.rule is None:
        return ""
    return tree_words(resource, ground.rule, titles_in(resource, [ground.rule], request.actor), get_language() or "en")
