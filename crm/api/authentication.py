"""Who is calling: an API key or an app's token as `Authorization: Bearer`, or a session with its CSRF token."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from crm.api.limits import OWN_LIMIT
from crm.api.tracing import request_id_of
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.team.acting import actor_of_token
from crm.team.oauth import ACCESS_MARK, access_find
from crm.team.services import actor_of_key, actor_of_user, api_key_find
from tenants.rates import address_of


class KeyOrSession(BaseAuthentication):
    """`request.auth` becomes the Actor; a header that is there but wrong is never passed over for the session."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        """The caller, or None for a stranger."""
        header = request.META.get("HTTP_AUTHORIZATION")
        return self.by_session(request) if header is None else self.by_key(request, str(header))

    def by_key(self, request: Request, header: str) -> tuple[Any, Actor]:
        """The API key of a `Bearer` header."""
        scheme, _space, plain = header.partition(" ")
        plain = plain.strip()
        if scheme.lower() == "bearer" and plain.startswith(ACCESS_MARK):
            return self.by_token(request, plain)
        key = (
            api_key_find(plain, address=address_of(request._request))
            if scheme.lower() == "bearer" and plain.isascii() and plain.startswith("kith_")
            else None
        )
        if key is None:
            raise AuthenticationFailed(
                _("The API key is unknown, expired or withdrawn. Send it as: Authorization: Bearer kith_…")
            )
        request.META[OWN_LIMIT] = key.burst_limit
        return AnonymousUser(), actor_of_key(key, via="api", request_id=request_id_of(request.META))

    def by_token(self, request: Request, plain: str) -> tuple[Any, Actor]:
        """The access token of a connected app."""
        token = access_find(plain)
        actor = token and actor_of_token(token, via="api", request_id=request_id_of(request.META))
        if actor is None:
            raise AuthenticationFailed(_("The access token is unknown, expired or withdrawn. Refresh it, or ask anew."))
        return AnonymousUser(), actor

    def by_session(self, request: Request) -> tuple[Any, Actor] | None:
        """The person who is logged in, if a page of ours sent the request."""
        user = getattr(request._request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        try:
            SessionAuthentication().enforce_csrf(request)
        except PermissionDenied as error:
            raise CrmError(
                "csrf_failed", _("Send the CSRF token of the page in X-CSRFToken, or use an API key."), status=403
            ) from error
        return user, actor_of_user(user, via="api", request_id=request_id_of(request.META))

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return 'Bearer realm="kith"'


class KeyOrSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # a library without types
    """How the OpenAPI document speaks of it."""

    target_class = KeyOrSession
    name = ["apiKey", "oauth", "session"]

    def get_security_requirement(self, auto_schema: Any) -> Any:
        """Any of them."""
        return [{"apiKey": []}, {"oauth": []}, {"session": []}]

    def get_security_definition(self, auto_schema: Any) -> Any:
        """All of them; scopes are permissions or patterns of some, so the document names only examples."""
        scopes = {"*.view_*": _("Read everything"), "customers.*": _("Everything about customers")}
        tokens = {"tokenUrl": "/oauth/token/", "refreshUrl": "/oauth/token/", "scopes": scopes}
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "kith_…"},
            {
                "type": "oauth2",
                "flows": {
                    "authorizationCode": {"authorizationUrl": "/oauth/authorize/", **tokens},
                    "clientCredentials": tokens,
                },
            },
            {"type": "apiKey", "in": "cookie", "name": "kith"},
        ]
