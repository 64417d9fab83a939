"""Who is calling: an API key in `Authorization: Bearer kith_…`, or a person's session with its CSRF token."""

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
    name = ["apiKey", "session"]

    def get_security_requirement(self, auto_schema: Any) -> Any:
        """Either of the two."""
        return [{"apiKey": []}, {"session": []}]

    def get_security_definition(self, auto_schema: Any) -> Any:
        """Both."""
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "kith_…"},
            {"type": "apiKey", "in": "cookie", "name": "kith"},
        ]
