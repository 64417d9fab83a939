"""OAuth 2 in a tenant: the toolkit's endpoints with secrets that are of use in one schema only.

What is kept are digests keyed by the schema (client secrets, authorization codes) or checksums of texts that carry
such a digest (tokens): a row copied into another tenant opens nothing there.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.models import AccessToken, Grant, RefreshToken
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from crm.core.actors import granted
from crm.team.models import ConnectedApp
from tenants.signing import keyed_digest

ACCESS_MARK, REFRESH_MARK, SPENT = "kitha_", "kithr_", "spent:"
SEAL_LENGTH = 24
KEPT = timedelta(days=30)


def sealed(mark: str) -> str:
    """A token's text: its mark, 256 random bits, and the seal of this schema."""
    secret = secrets.token_urlsafe(32)
    return f"{mark}{secret}.{seal_of(secret)}"


def seal_of(secret: str) -> str:
    """What a token of another tenant lacks."""
    return keyed_digest(secret, purpose="oauth-token")[:SEAL_LENGTH]


def is_sealed_here(text: str, mark: str) -> bool:
    """Whether a token was issued in this schema: asked before any table is."""
    secret, _dot, seal = text.removeprefix(mark).partition(".")
    return text.startswith(mark) and text.isascii() and constant_time_compare(seal, seal_of(secret))


def access_text(_request: Any) -> str:
    """The text of an access token (settings.OAUTH2_PROVIDER)."""
    return sealed(ACCESS_MARK)


def refresh_text(_request: Any) -> str:
    """The text of a refresh token (settings.OAUTH2_PROVIDER)."""
    return sealed(REFRESH_MARK)


def secret_digest(secret: str) -> str:
    """What is kept of an app's secret: 256 random bits need no slow hash."""
    return keyed_digest(secret, purpose="oauth-client")


def code_digest(code: str) -> str:
    """What is kept of an authorization code."""
    return keyed_digest(code, purpose="oauth-code")


def checksum(text: str) -> str:
    """The toolkit's own fingerprint of a token."""
    return hashlib.sha256(text.encode()).hexdigest()


def scopes_of(client: Any) -> list[str]:
    """What an app may ask for at most."""
    app = ConnectedApp.objects.filter(application=client).first()
    return list(app.scopes) if app else []


class TenantValidator(OAuth2Validator):
    """The toolkit's rules, and ours: exact addresses, scopes as patterns, nothing kept that could be used."""

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        """Against the keyed digest; an app without a secret has none that fits."""
        return bool(stored_secret) and constant_time_compare(secret_digest(provided_secret), stored_secret)

    def validate_user(self, username: str, password: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """No password buys a token here; whether one is right is told to nobody."""
        return False

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Letter by letter one of those that were registered."""
        return redirect_uri in request.client.redirect_uris.split()

    def validate_scopes(
        self, client_id: str, scopes: Any, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Each scope lies within what the app may ask for."""
        most = frozenset(scopes_of(client))
        return bool(scopes) and all(granted(most, scope) for scope in scopes)

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Everything that the app may ask for."""
        return scopes_of(request.client)

    def save_authorization_code(self, client_id: str, code: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Its digest."""
        super().save_authorization_code(client_id, {**code, "code": code_digest(code["code"])}, request)

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """A code that comes again was overheard: what was issued for it ends."""
        spent = Grant.objects.filter(code=SPENT + code_digest(code), application=client).first()
        if spent is not None:
            family_end(spent.claims)
            return False
        return bool(super().validate_code(client_id, code_digest(code), client, request))

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """The very address that the code was sent to."""
        return bool(super().confirm_redirect_uri(client_id, code_digest(code), redirect_uri, client))

    def get_code_challenge(self, code: str, request: Any) -> Any:
        """Of the stored code."""
        return super().get_code_challenge(code_digest(code), request)

    def get_code_challenge_method(self, code: str, request: Any) -> Any:
        """Of the stored code."""
        return super().get_code_challenge_method(code_digest(code), request)

    def get_authorization_code_scopes(self, client_id: str, code: str, redirect_uri: str, request: Any) -> Any:
        """Of the stored code."""
        return super().get_authorization_code_scopes(client_id, code_digest(code), redirect_uri, request)

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Once: whoever comes second gets nothing, and the first loses what it got."""
        rows = Grant.objects.filter(code=code_digest(code), application=request.client)
        family = str(getattr(request, "token_family", ""))
        if not rows.update(code=SPENT + code_digest(code), claims=family):
            family_end(family)
            spent = Grant.objects.filter(code=SPENT + code_digest(code), application=request.client).first()
            family_end(spent.claims if spent else "")
            raise errors.InvalidGrantError(request=request)

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Kept as checksums; what has long ended goes."""
        super().save_bearer_token(token, request, *args, **kwargs)
        if text := token.get("refresh_token"):
            request.token_family = RefreshToken.objects.get(token_checksum=checksum(text)).token_family
        now = timezone.now()
        Grant.objects.filter(application=request.client, expires__lt=now - KEPT).delete()
        RefreshToken.objects.filter(application=request.client, revoked__lt=now - KEPT).delete()
        AccessToken.objects.filter(application=request.client, refresh_token=None, expires__lt=now).delete()

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Issued here, and for somebody who still works here."""
        if not is_sealed_here(refresh_token, REFRESH_MARK):
            return False
        is_good = bool(super().validate_refresh_token(refresh_token, client, request, *args, **kwargs))
        return is_good and bool(request.user and request.user.is_active)

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Only what was issued here; anything else is as good as revoked."""
        if is_sealed_here(token, ACCESS_MARK) or is_sealed_here(token, REFRESH_MARK):
            super().revoke_token(token, token_type_hint, request, *args, **kwargs)


def family_end(family: str) -> None:
    """End all tokens that descend from one authorization."""
    if family:
        tokens = RefreshToken.objects.filter(token_family=family)
        AccessToken.objects.filter(refresh_token__in=tokens).delete()
        tokens.filter(revoked=None).update(revoked=timezone.now())


def access_find(plain: str) -> AccessToken | None:
    """The live access token of this text, with the app and the person behind it: one query, none for nonsense."""
    if not is_sealed_here(plain, ACCESS_MARK):
        return None
    tokens = AccessToken.objects.select_related("user__role", "application__connected__created_by__role")
    return tokens.filter(token_checksum=checksum(plain), expires__gt=timezone.now()).first()


# The toolkit's endpoints, without its views: pages and API bring their own


class AskedWrongly(Exception):
    """An authorization request that is refused: told to the app at `address`, or to the person where there is none."""

    def __init__(self, message: str, address: str = "") -> None:
        super().__init__(message)
        self.message, self.address = message, address


def asked(request: HttpRequest) -> tuple[list[str], dict[str, Any], ConnectedApp]:
    """What an app asks a person for: scopes, the request itself, the app; whoever asks wrongly is refused."""
    try:
        scopes, credentials = OAuthLibCore().validate_authorization_request(request)
    except FatalClientError as error:
        raise AskedWrongly(error.oauthlib_error.description or error.oauthlib_error.error) from error
    except OAuthToolkitError as error:
        raise AskedWrongly(error.oauthlib_error.description or "", returned(error.oauthlib_error)) from error
    if credentials.get("code_challenge_method") != "S256":
        refusal = errors.InvalidRequestError(
            description="PKCE takes S256 only.", state=credentials.get("state"),
        )  # fmt: skip
        raise AskedWrongly(refusal.description, refusal.in_uri(credentials["redirect_uri"]))
    app = ConnectedApp.objects.select_related("application").get(application__client_id=credentials["client_id"])
    return list(scopes), credentials, app


def returned(error: Any) -> str:
    """Where an app is told of a refusal; empty where the address itself is in doubt."""
    return str(error.in_uri(error.redirect_uri)) if error.redirect_uri else ""


def answered(request: HttpRequest, scopes: list[str], credentials: dict[str, Any], *, allow: bool) -> str:
    """The address that the person goes back to: with a code, or with the refusal."""
    try:
        address, _headers, _body, _status = OAuthLibCore().create_authorization_response(
            request, scopes, dict(credentials), allow
        )
    except OAuthToolkitError as error:
        return str(error.oauthlib_error.in_uri(credentials["redirect_uri"]))
    return str(address)


def token_answer(request: HttpRequest) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the token endpoint."""
    _url, headers, body, status = OAuthLibCore().create_token_response(request)
    return int(status), dict(headers), str(body or "")


def revoke_answer(request: HttpRequest) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the revocation endpoint."""
    _url, headers, body, status = OAuthLibCore().create_revocation_response(request)
    return int(status), dict(headers or {}), str(body or "")
