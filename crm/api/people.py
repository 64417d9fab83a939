"""The people of the tenant: who works here, and many at once from a list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_people as about
from crm.api.openapi import Operation
from crm.api.views import ApiView, object_of, refused_values
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.exchange.bulk.handing import KEEP, NOBODY, person_leave
from crm.team.models import Role, Team, User
from crm.team.newcomers import FIELDS, Newcomer, people_add
from crm.team.people import user_activate, user_deactivate, user_role_change, user_team_change


class People(ApiView):
    """Everybody, and the door for more."""

    def get(self, request: Request) -> Response:
        """Who works here, with role and team; those who left are marked."""
        permit(self.actor, "team.view_user")
        everybody = User.objects.select_related("role", "team").order_by("-is_active", "name", "email")
        return Response({"results": [shown(user) for user in everybody]})

    def post(self, request: Request) -> Response:
        """Take in those who are not here; each line is judged for itself."""
        body = object_of(request)
        refused_values(body, ("people",))
        lines = [line_of(at, values) for at, values in enumerate(lines_of(body))]
        arrivals = people_add(lines, actor=self.actor)
        return Response(
            {"results": [{"outcome": one.outcome, "id": one.person, "message": one.message} for one in arrivals]}
        )

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.people(method)


class PersonOne(ApiView):
    """One person's place in the company."""

    def get(self, request: Request, user_id: str) -> Response:
        """With role, team and last log-in."""
        permit(self.actor, "team.view_user")
        return Response(shown(person_of(user_id)))

    def patch(self, request: Request, user_id: str) -> Response:
        """Another role, another team, or the door opened again: all of it or nothing."""
        permit(self.actor, "team.manage_user")
        body = object_of(request)
        refused_values(body, ("role", "team", "is_active"))
        with transaction.atomic():
            user = person_of(user_id)
            if "role" in body:
                user_role_change(user, role_of(body["role"]), actor=self.actor)
            if "team" in body:
                user_team_change(user, team_of(body["team"]), actor=self.actor)
            if "is_active" in body:
                if body["is_active"] is not True:
                    raise wrong("/is_active", _("Only true: who leaves hands over, at the address that ends in leave."))
                user_activate(user, actor=self.actor)
        return Response(shown(person_of(user_id)))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.person(method)


class PersonLeave(ApiView):
    """Somebody leaves."""

    def post(self, request: Request, user_id: str) -> Response:
        """Shut the door, and hand over what the person owns."""
        permit(self.actor, "team.manage_user")
        body = object_of(request)
        refused_values(body, ("to",))
        user = person_of(user_id)
        to = body.get("to")
        if to == KEEP:
            user_deactivate(user, actor=self.actor)
            jobs = []
        else:
            jobs = person_leave(user, None if to == NOBODY else heir_of(to, user), actor=self.actor)
        return Response({"id": user.pk, "is_active": False, "jobs": [job.pk for job in jobs]})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.leave()


def person_of(user_id: str) -> User:
    """Who is meant."""
    user = User.objects.select_related("role", "team").filter(pk=user_id).first()
    if user is None:
        raise CrmError("not_found", _("There is no such person."), status=404)
    return user


def role_of(code: Any) -> Role:
    """The role of a code."""
    roles = {role.code: role for role in Role.objects.order_by("code")}
    if not isinstance(code, str) or code not in roles:
        raise wrong("/role", _("There is no such role; there are: %(codes)s.") % {"codes": ", ".join(roles)})
    return roles[code]


def team_of(id: Any) -> Team | None:
    """The team of an id; none for null."""
    try:
        found = Team.objects.filter(deleted_at=None, pk=UUID(id)).first() if isinstance(id, str) else None
    except ValueError:
        found = None
    if found is None and id is not None:
        raise wrong("/team", _("Give the id of a team, or null."))
    return found


def heir_of(to: Any, user: User) -> User:
    """The colleague to whom the records go."""
    rows = User.objects.filter(is_active=True).exclude(pk=user.pk)
    try:
        found = rows.filter(pk=UUID(to)).first() if isinstance(to, str) else None
    except ValueError:
        found = None
    if found is None:
        raise wrong("/to", _("Give the id of a colleague, nobody or keep."))
    return found


def shown(user: User) -> dict[str, Any]:
    """One person."""
    return {
        "id": user.pk,
        "name": user.name,
        "email": user.email,
        "role": user.role.code,
        "team": {"id": user.team.pk, "name": user.team.name} if user.team else None,
        "is_active": user.is_active,
        "last_login_at": user.last_login,
    }


def lines_of(body: dict[str, Any]) -> list[Any]:
    """The list in the body."""
    lines = body.get("people")
    if not isinstance(lines, list) or not lines:
        raise wrong("/people", _("Give a list of people."))
    return lines


def line_of(at: int, values: Any) -> Newcomer:
    """One line, all of it texts."""
    if not isinstance(values, dict):
        raise wrong(f"/people/{at}", _("Must be an object."))
    for name, value in values.items():
        if name not in FIELDS or not (value is None or isinstance(value, str)) or len(value or "") > 254:
            text = _("Texts of at most 254 characters: %(names)s.") % {"names": ", ".join(FIELDS)}
            raise wrong(f"/people/{at}/{name}", text)
    return Newcomer(**{name: (value or "").strip() for name, value in values.items()})


def wrong(pointer: str, message: str) -> CrmError:
    """The refusal of a body."""
    errors = [{"pointer": pointer, "code": "type", "message": message}]
    return CrmError("invalid", message, status=422, errors=errors)
