"""The machine's side of OAuth 2: tokens, their revocation, and where everything is (RFC 8414)."""

from __future__ import annotations

from base64 import b64decode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from crm.team.oauth import revoke_answer, token_answer
from crm.team.usage import Limit, count, failure_note
from tenants.rates import Guard, address_of

MOST_A_MINUTE = 300  # token requests from one address
MOST_SECRETS = 30  # wrong ones of an app from one address within five minutes
LINE = "oauth"  # of the usage page
METHODS = ["client_secret_basic", "client_secret_post", "none"]


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A code, a refresh token or an app's own credentials for an access token."""
    return too_many(request) or proved(request)


def proved(request: HttpRequest) -> HttpResponse:
    """The answer, unless the app's secret was guessed too often from here."""
    guard = Guard("secret", client_of(request), request, most=MOST_SECRETS)
    if wait := guard.wait():
        failure_note(LINE)
        return slow_down(wait)
    given = answered(*token_answer(request))
    if given.status_code != 401:  # 401: the app did not prove to be itself
        guard.passed()
    return given


def client_of(request: HttpRequest) -> str:
    """The app that the request claims to come from, by either way to say so."""
    scheme, _space, told = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return request.POST.get("client_id", "")
    try:
        return b64decode(told).decode().partition(":")[0]
    except ValueError:
        return ""


@csrf_exempt
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """End a token and what descends from it (RFC 7009)."""
    return too_many(request) or answered(*revoke_answer(request))


@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """Where everything is."""
    issuer = issuer_of(request)
    told = {
        "issuer": issuer,
        "authorization_endpoint": request.build_absolute_uri(reverse("ui:oauth-authorize")),
        "token_endpoint": request.build_absolute_uri(reverse("oauth-token")),
        "revocation_endpoint": request.build_absolute_uri(reverse("oauth-revoke")),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": request.build_absolute_uri(reverse("api:docs")),
    }
    response = JsonResponse(told)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def issuer_of(request: HttpRequest) -> str:
    """The company's site, without a slash at its end."""
    return request.build_absolute_uri(reverse("ui:home")).rstrip("/")


def too_many(request: HttpRequest) -> HttpResponse | None:
    """The refusal of one request too many from an address."""
    standing = count(f"{LINE}:{address_of(request)}", Limit(MOST_A_MINUTE), line=LINE)
    if standing is None or not standing.refused_by:
        return None
    return slow_down(standing.wait)


def slow_down(wait: int) -> HttpResponse:
    """That it was too often, and how many seconds to wait."""
    told = {"error": "slow_down", "error_description": _("Too many requests")}
    return JsonResponse(told, status=429, headers={"Retry-After": str(wait), "Cache-Control": "no-store"})


def answered(status: int, headers: dict[str, str], body: str) -> HttpResponse:
    """As the toolkit made it, kept by nobody on the way; a refusal is counted beside the requests."""
    if status >= 400:
        failure_note(LINE)
    response = HttpResponse(body, status=status, content_type="application/json")
    for name, value in {**headers, "Cache-Control": "no-store", "Pragma": "no-cache"}.items():
        response[name] = value
    return response
