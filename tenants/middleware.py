"""Which tenant a request is for: it is answered inside that tenant, and nowhere else."""
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, set_script_prefix

from tenants import hosts
from tenants.context import in_schema, inside
from tenants.models import Tenant
from tenants.versions import schema_version

PATH_FORM = re.compile(r"/t/(?P<slug>[^/]+)(?P<rest>/.*)?", re.DOTALL)
CLOSED = "tenants.urls.closed"  # every address answers with the reason
Answer = Callable[[HttpRequest], HttpResponseBase]


class TenantMiddleware:
    """By host name, or for development by path; outside a tenant there is no session, whatever cookie is sent."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        schema_version()  # reads all migrations: at start, not in somebody's sign-up

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = hosts.host_in(request)
        if not hosts.is_public(host):
            return self.answer(request, hosts.tenant_at(host))
        found = PATH_FORM.fullmatch(request.path_info) if settings.PATH_TENANTS else None
        if found is None:
            return self.answer_outside(request, settings.PUBLIC_SCHEMA_URLCONF)
        if not found["rest"]:
            return HttpResponseRedirect(f"{request.path}/")
        with prefixed(request, f"/t/{found['slug']}", found["rest"]) as prefix:
            return keep_below(prefix, self.answer(request, hosts.tenant_named(found["slug"])))

    def answer(self, request: HttpRequest, tenant: Tenant | None) -> HttpResponseBase:
        """In the tenant if it is open to its people, else at a closed door."""
        if tenant is None or tenant.state != Tenant.State.ACTIVE:
            vars(request)["closed"] = tenant.state if tenant else "unknown"
            return self.answer_outside(request, CLOSED)
        vars(request)["tenant"] = tenant
        with inside(tenant):
            return stream_inside(tenant, self.get_response(request))

    def answer_outside(self, request: HttpRequest, urlconf: str) -> HttpResponseBase:
        """Where no tenant is."""
        vars(request)["urlconf"] = urlconf
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        with in_schema():
            return self.get_response(request)


@contextmanager
def prefixed(request: HttpRequest, prefix: str, rest: str) -> Iterator[str]:
    """The request as if the program were mounted at `prefix`; `reverse` puts it before every address."""
    before = get_script_prefix()
    script = f"{before.rstrip('/')}{prefix}"
    request.path_info = request.META["PATH_INFO"] = rest
    request.META["SCRIPT_NAME"] = script
    set_script_prefix(f"{script}/")
    try:
        yield script
    finally:
        set_script_prefix(before)


def keep_below(prefix: str, response: HttpResponseBase) -> HttpResponseBase:
    """Cookies of one tenant are not sent to the next one on the same host."""
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        if name in response.cookies:
            response.cookies[name]["path"] = f"{prefix}/"
    return response


def stream_inside(tenant: Tenant, response: HttpResponseBase) -> HttpResponseBase:
    """A streamed answer is made after the middleware has left: each piece goes back inside."""
    if isinstance(response, StreamingHttpResponse) and not response.is_async:
        response.streaming_content = pieces_inside(tenant, iter(response))
    return response


def pieces_inside(tenant: Tenant, pieces: Iterator[Any]) -> Iterator[Any]:
    """Each piece, made inside the tenant."""
    while True:
        with inside(tenant):
            try:
                piece = next(pieces)
            except StopIteration:
                return
        yield piece
