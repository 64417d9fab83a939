"""Who was asked to join and has not come yet."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.about import UUID_TEXT, path
from crm.api.about_people import listed
from crm.api.conditions import is_dry
from crm.api.openapi import Answer, Operation
from crm.api.people import role_of, wrong
from crm.api.schemas import Schema, shape
from crm.api.views import ApiView, object_of, refused_values
from crm.core.permissions import permit
from crm.team.inviting import invitation_mail
from crm.team.models import Invitation
from crm.team.services import invitation_create, invitation_withdraw, invitations_open

OPEN: Schema = {
    "id": UUID_TEXT,
    "email": {"type": "string", "format": "email"},
    "role": {"type": "string"},
    "expires_at": {"type": "string", "format": "date-time"},
}
INVITED = shape("InvitationTold", {"type": "object", "required": list(OPEN), "properties": OPEN})
SENT = shape("InvitationSent", {
    "type": "object",
    "required": [*OPEN, "url", "is_mailed"],
    "properties": {**OPEN, "url": {"type": "string", "format": "uri"}, "is_mailed": {"type": "boolean"}},
})


class Invitations(ApiView):
    """Those that are open, and the door for more."""

    tells_secret: ClassVar[bool] = True  # whoever holds the link may join: it is kept nowhere

    def get(self, request: Request) -> Response:
        """Who was asked, and until when the link opens."""
        permit(self.actor, "team.invite_user")
        return Response({"results": [told(one) for one in invitations_open().order_by("expires_at")]})

    def post(self, request: Request) -> Response:
        """Ask somebody; an earlier link to the same address opens no more."""
        permit(self.actor, "team.invite_user")
        body = object_of(request)
        refused_values(body, ("email", "role"))
        email = body.get("email")
        if not isinstance(email, str) or not email.strip():
            raise wrong("/email", _("Give the e-mail of whom you invite."))
        role = role_of(body.get("role"))
        try:
            invitation, token = invitation_create(email.strip(), role=role, actor=self.actor)
        except ValidationError as error:
            raise wrong("/email", " ".join(error.messages)) from error
        link = request.build_absolute_uri(reverse("ui:invitation", args=[token]))
        is_mailed = not is_dry(request) and invitation_mail(invitation, link, actor=self.actor)
        return Response({**told(invitation), "url": link, "is_mailed": is_mailed}, status=201)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        if method == "GET":
            answers = {200: Answer(_("Open invitations"), listed(INVITED))}
            return Operation(id="invitations_list", summary=_("Open invitations"), tag="tenant", answers=answers)
        text = _(
            "The link is mailed where mail is set up, and told once, to be handed over; it opens for seven days. "
            "Nobody gives a role that may do more than theirs."
        )
        return Operation(
            id="invitations_send",
            summary=_("Invite somebody"),
            tag="tenant",
            answers={201: Answer(_("Invited"), SENT)},
            description=text,
            body={
                "type": "object",
                "required": ["email", "role"],
                "properties": {
                    "email": {"type": "string", "maxLength": 254},
                    "role": {"type": "string", "description": _("The role's code, such as member")},
                },
                "additionalProperties": False,
            },
        )


class InvitationOne(ApiView):
    """One of them."""

    def delete(self, request: Request, invitation_id: str) -> Response:
        """Its link opens no more."""
        invitation_withdraw(UUID(invitation_id), actor=self.actor)
        return Response(status=204)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return Operation(
            id="invitations_withdraw",
            summary=_("Withdraw an invitation"),
            tag="tenant",
            answers={204: Answer(_("The link opens no more"))},
            parameters=(path("invitation_id", UUID_TEXT, _("The invitation")),),
        )


def told(invitation: Invitation) -> dict[str, Any]:
    """One invitation, without its link."""
    return {
        "id": invitation.pk,
        "email": invitation.email,
        "role": invitation.role.code,
        "expires_at": invitation.expires_at,
    }
