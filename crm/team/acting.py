"""An app as one who acts: for a person within their role, for itself within its maker's, always within its scopes."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from crm.core.actors import Actor, Via, granted
from crm.team.models import ApiKey, ConnectedApp, Connection, User
from crm.team.reach import reach_of


def connection_id(app_id: UUID, user_id: UUID | None) -> UUID:
    """The id under which an app acts for a person (or for itself): the same each time, so that no query asks for it."""
    return uuid5(app_id, str(user_id or "itself"))


def actor_of_token(token: Any, *, via: Via = "api", request_id: str = "") -> Actor | None:
    """Who acts by an access token; None where nobody stands behind it any more."""
    app = getattr(token.application, "connected", None)
    if app is None:
        return None
    return actor_of_app(app, token.user, token.scope.split(), via=via, request_id=request_id)


def actor_of_connection(id: UUID, *, via: Via, request_id: str = "") -> Actor | None:
    """Who acted when an app handed work to a worker; None where that was ended since."""
    rows = Connection.objects.select_related("app__created_by__role", "user__role")
    found = rows.filter(pk=id).first()
    if found is None:
        return None
    return actor_of_app(found.app, found.user, found.scopes, via=via, request_id=request_id)


def actor_of_app(
    app: ConnectedApp, user: User | None, scopes: list[str], *, via: Via, request_id: str = ""
) -> Actor | None:
    """The app, held to its scopes and to the role of whoever stands behind it."""
    behind = user or app.created_by
    if behind is None or not behind.is_active:
        return None
    role = behind.role
    return Actor(
        "app",
        connection_id(app.pk, user.pk if user else None),
        frozenset(role.permissions),
        via,
        request_id,
        frozenset(role.hidden_fields) | frozenset([] if user else app.hidden_fields),
        reach_of(role.reach),
        f"{app.name} ({user})" if user else app.name,
        scopes=within(frozenset(scopes), frozenset(app.scopes)),
        acts_for=user.pk if user else None,
        fixed_fields=frozenset(role.fixed_fields),
    )


def within(agreed: frozenset[str], most: frozenset[str]) -> frozenset[str]:
    """What was agreed to, of what the app may at most today: that may have become less since."""
    if agreed <= most:
        return agreed
    taken_out = {scope for scope in agreed | most if scope[0] == "-"}
    both = {scope for scope in agreed - taken_out if granted(most, scope)}
    return frozenset(taken_out | both | {scope for scope in most - taken_out if granted(agreed, scope)})


def answering(actor: Actor) -> UUID | None:
    """The person who answers for what the actor makes: it ends with them, through however many programs it came."""
    if actor.id and actor.kind == "key":
        return ApiKey.objects.filter(pk=actor.id).values_list("created_by_id", flat=True).first()
    if actor.id and actor.kind == "app" and actor.acts_for is None:
        return Connection.objects.filter(pk=actor.id).values_list("app__created_by_id", flat=True).first()
    return actor.person if actor.kind in ("user", "app") else None
