"""Connected apps: made once, agreed to by each person for themselves, ended at any time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _
from oauth2_provider.generators import generate_client_id
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.team.acting import answering, connection_id
from crm.team.models import ConnectedApp, Connection, User
from crm.team.oauth import secret_digest
from crm.team.services import renewal_judge, scopes_judge

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_ADDRESSES = 10
FOR_PEOPLE, FOR_ITSELF = Application.GRANT_AUTHORIZATION_CODE, Application.GRANT_CLIENT_CREDENTIALS


def addresses_judge(addresses: Sequence[str]) -> list[str]:
    """Where answers may be sent: whole addresses, encrypted unless they stay on the person's own machine."""
    found = [one.strip() for one in addresses if one.strip()]
    if odd := [one for one in found if not is_return_address(one)]:
        raise refused("redirect_uris", _("Not an address to return to: %(url)s") % {"url": odd[0][:200]})
    if not 1 <= len(found) <= MOST_ADDRESSES:
        raise refused(
            "redirect_uris", _("Name 1 to %(max)s addresses that people return to.") % {"max": MOST_ADDRESSES}
        )
    return found


def is_return_address(text: str) -> bool:
    """`https://…` with a host and neither user, fragment, star nor space; `http://` for the machine itself alone."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' "*#@\\<>')
    return is_plain and bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL))


def refused(field: str, message: str) -> CrmError:
    """The refusal of one value."""
    return CrmError(
        "invalid", message, status=422, errors=[{"pointer": f"/{field}", "code": "invalid", "message": message}]
    )


@transaction.atomic
def app_create(
    name: str,
    *,
    actor: Actor,
    scopes: Iterable[str],
    redirect_uris: Sequence[str] = (),
    acts_for_people: bool = True,
    is_public: bool = False,
) -> tuple[ConnectedApp, str]:
    """A new app and its secret, which is shown this once (a public one has none); nobody grants above their own."""
    permit(actor, "team.manage_connectedapp")
    if actor.reach.told and not acts_for_people:
        message = _("Whoever does not see every record makes keys, which act for them; an app would act for itself.")
        raise CrmError("forbidden", message, status=403)
    if not name.strip():
        raise refused("name", _("An app needs a name that people know."))
    if is_public and not acts_for_people:
        raise refused("is_public", _("An app that acts for itself needs a secret."))
    wanted = scopes_judge(scopes, actor)
    addresses = addresses_judge(redirect_uris) if acts_for_people else []
    secret = "" if is_public else secrets.token_urlsafe(32)
    grant = FOR_PEOPLE if acts_for_people else FOR_ITSELF
    application = application_make(name.strip()[:80], secret, grant, addresses)
    app = ConnectedApp.objects.create(
        application=application,
        name=application.name,
        scopes=wanted,
        hidden_fields=sorted(actor.hidden_fields),
        created_by_id=answering(actor),
    )
    if not acts_for_people:
        connection_note(app, None, wanted)
    note("created", app, actor, after={"name": app.name, "scopes": wanted})
    return app, secret


def application_make(name: str, secret: str, grant: str, addresses: Sequence[str]) -> Application:
    """The toolkit's own row; without a secret it is a public one."""
    return Application.objects.create(
        client_id=generate_client_id(),
        client_secret=secret_digest(secret) if secret else "",
        hash_client_secret=False,  # it is a digest already, keyed by the schema
        client_type=Application.CLIENT_CONFIDENTIAL if secret else Application.CLIENT_PUBLIC,
        authorization_grant_type=grant,
        redirect_uris=" ".join(addresses),
        name=name,
    )


@transaction.atomic
def app_change(
    app: ConnectedApp, *, actor: Actor, name: str, scopes: Iterable[str], redirect_uris: Sequence[str] = ()
) -> None:
    """Another name, other scopes, other addresses; fewer scopes hold at once, more once they are agreed to."""
    permit(actor, "team.manage_connectedapp")
    renewal_judge(app, actor)
    if not name.strip():
        raise refused("name", _("An app needs a name that people know."))
    for_people = app.application.authorization_grant_type == FOR_PEOPLE
    wanted = scopes_judge(scopes, actor)
    addresses = addresses_judge(redirect_uris) if for_people else []
    before = {"name": app.name, "scopes": app.scopes, "redirect_uris": app.application.redirect_uris.split()}
    app.name, app.scopes = name.strip()[:80], wanted
    app.application.name, app.application.redirect_uris = app.name, " ".join(addresses)
    app.application.save(update_fields=["name", "redirect_uris"])
    app.save(update_fields=["name", "scopes"])
    if not for_people:
        connection_note(app, None, wanted)
    after = {"name": app.name, "scopes": wanted, "redirect_uris": addresses}
    if after != before:
        note("changed", app, actor, before=before, after=after)


@transaction.atomic
def app_rotate(app: ConnectedApp, *, actor: Actor) -> str:
    """A new secret; the old one is dead at once, tokens that were issued live on."""
    permit(actor, "team.manage_connectedapp")
    renewal_judge(app, actor)
    if app.application.client_type == Application.CLIENT_PUBLIC:
        raise CrmError("conflict", _("A public app has no secret."), status=409)
    secret = secrets.token_urlsafe(32)
    Application.objects.filter(pk=app.application_id).update(client_secret=secret_digest(secret))
    note("rotated", app, actor, after={"name": app.name})
    return secret


@transaction.atomic
def app_delete(app: ConnectedApp, *, actor: Actor) -> None:
    """End an app with all its tokens and connections."""
    permit(actor, "team.manage_connectedapp")
    note("deleted", app, actor, before={"name": app.name})
    app.application.delete()


def note(verb: str, app: ConnectedApp, actor: Actor, **sides: Any) -> None:
    """The fact that something was done with an app."""
    before, after = sides.get("before"), sides.get("after")
    events_write([Fact(f"team.connectedapp.{verb}", "team.connectedapp", app.pk, before, after)], actor)


# What a person agrees to


def connection_note(app: ConnectedApp, user: User | None, scopes: Sequence[str]) -> Connection:
    """Keep what was agreed to."""
    connection, _created = Connection.objects.update_or_create(
        pk=connection_id(app.pk, user.pk if user else None),
        defaults={"app": app, "user": user, "scopes": sorted(set(scopes))},
    )
    return connection


@transaction.atomic
def connection_agree(app: ConnectedApp, user: User, scopes: Sequence[str], *, actor: Actor) -> None:
    """A person lets an app act for them."""
    connection_note(app, user, scopes)
    note("agreed", app, actor, after={"name": app.name, "scopes": list(scopes)})


@transaction.atomic
def connection_end(connection: Connection, *, actor: Actor) -> None:
    """A person ends what they agreed to, or whoever manages apps does: every token of it ends."""
    if connection.user_id is None or actor.person != connection.user_id:
        permit(actor, "team.manage_connectedapp")
    app = connection.app
    theirs = {"application_id": app.application_id, "user_id": connection.user_id}
    for model in (Grant, RefreshToken, AccessToken):
        model.objects.filter(**theirs).delete()
    note("ended", app, actor, before={"name": app.name})
    connection.delete()
