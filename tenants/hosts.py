"""Which tenant an address leads to, remembered for a few seconds by each process."""
import time
from collections.abc import Callable

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.request import split_domain_port

from tenants.context import in_schema
from tenants.models import Tenant

SECONDS, MOST = 1.0, 5000  # a suspended tenant is shut out, and a new field of its own is seen, this much later
LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_known: dict[str, tuple[float, Tenant]] = {}


def forget() -> None:
    """Ask the catalogue again."""
    _known.clear()


def remembered(key: str, find: Callable[[], Tenant | None]) -> Tenant | None:
    """What `find` gave a moment ago; that nobody is there is never remembered, for somebody may sign up."""
    until, tenant = _known.get(key, (0.0, None))
    if tenant is not None and time.monotonic() < until:
        return tenant
    with in_schema():
        tenant = find()
    if tenant is not None:
        if len(_known) >= MOST:
            forget()
        _known[key] = (time.monotonic() + SECONDS, tenant)
    return tenant


def with_plan() -> QuerySet[Tenant]:
    """Tenants and their plans: what a plan allows is asked in every request, and costs no statement of its own."""
    return Tenant.objects.select_related("plan")


def tenant_at(host: str) -> Tenant | None:
    """The tenant that a host name leads to."""
    return remembered(f"host {host}", lambda: with_plan().filter(domains__domain=host).first())


def tenant_named(slug: str) -> Tenant | None:
    """The tenant of a path `/t/<slug>/`."""
    return remembered(f"slug {slug}", lambda: with_plan().filter(slug=slug).first())


def host_in(request: HttpRequest) -> str:
    """The host name of a request, small letters, without port; a host that is not ours raises DisallowedHost."""
    return split_domain_port(request.get_host())[0]


def is_public(host: str) -> bool:
    """Whether this is the service's own site; locally every name of this machine is."""
    return host in {settings.PUBLIC_HOST, f"www.{settings.PUBLIC_HOST}"} or (not settings.PRODUCTION and host in LOCAL)


def tenant_origin(tenant: Tenant) -> str:
    """Where a tenant's pages are for whoever reads a mail: from its own row, never from what a request says."""
    if settings.PATH_TENANTS:
        return f"{settings.PUBLIC_ORIGIN}/t/{tenant.slug}/"
    scheme, _, host = settings.PUBLIC_ORIGIN.partition("://")
    _, colon, port = host.partition(":")
    own = tenant.domains.order_by("-is_primary", "pk").values_list("domain", flat=True).first()
    return f"{scheme}://{own}{colon}{port}/"


def tenant_url(request: HttpRequest, tenant: Tenant, path: str = "") -> str:
    """The address of a page of a tenant, in the form in which the public site itself was reached."""
    if settings.PATH_TENANTS:
        return f"/t/{tenant.slug}/{path}"
    _, _, port = request.get_host().partition(":")
    return f"{request.scheme}://{tenant.slug}.{settings.PUBLIC_HOST}{':' + port if port else ''}/{path}"
