"""Sign-up: a form, one transaction, and the way into the new tenant."""
import secrets
from collections.abc import Callable
from typing import Any, TypeVar, cast

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from tenants import tasks
from tenants.forms import SignUpForm, is_free, slug_free
from tenants.hosts import tenant_named, tenant_url
from tenants.places import habits_of
from tenants.rates import is_over
from tenants.services import NoReadySchema, SlugTaken, sample_of, tenant_open
from tenants.slugs import SLUG, slug_check
from tenants.upkeep import asked_key
from tenants.views.entering import key_make

WAITED_SECONDS = 15 * 60
View = TypeVar("View", bound=Callable[..., HttpResponse])


def into_tenants(view: View) -> View:
    """Browsers hold `form-action` against the redirect that follows a form, too: it leads to the tenant's own host."""
    decorate: Any = csp_update({"form-action": [f"*.{settings.PUBLIC_HOST}:*"]})
    return cast(View, decorate(view))


def address_ending() -> dict[str, str]:
    """What stands before and after the slug in the address."""
    by_path = settings.PATH_TENANTS
    return {"before": "/t/" if by_path else "", "after": "/" if by_path else f".{settings.PUBLIC_HOST}"}


def page(request: HttpRequest, form: SignUpForm, status: int = 200, problem: str = "") -> HttpResponse:
    """The landing page with the form as it was typed."""
    shown = {"form": form, "problem": problem, **address_ending()}
    return render(request, "tenants/landing.html", shown, status=status)


@require_safe
@never_cache
@into_tenants
def landing(request: HttpRequest) -> HttpResponse:
    """What Kith is, and the form; who comes back names the workspace and is led to its door."""
    if "workspace" not in request.GET:
        return page(request, SignUpForm())
    if is_over("address", request, 300, 300):
        return page(request, SignUpForm(), 429, gettext("Too many questions; please wait."))
    slug = request.GET["workspace"].strip().lower()
    tenant = tenant_named(slug) if SLUG.fullmatch(slug) else None
    if tenant is None:
        return page(request, SignUpForm(), 404, gettext("There is no workspace at this address."))
    return HttpResponseRedirect(tenant_url(request, tenant, "log-in/"))


@require_POST
@into_tenants
def sign_up(request: HttpRequest) -> HttpResponse:
    """Open a tenant and lead its owner in; if no schema is ready, let a page wait for one."""
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return page(request, form, 422)
    if is_over("sign-up", request, settings.SIGN_UPS_PER_HOUR, 3600):
        return page(request, form, 429, gettext("Too many workspaces were opened here. Please try again in an hour."))
    values = dict(form.cleaned_data)
    values |= {"password_hash": make_password(values.pop("password"))} | habits_of(request, values["time_zone"])
    try:
        return opened(request, values)
    except NoReadySchema:
        return wait(values)
    except SlugTaken:
        form.add_error("slug", gettext("This address is taken. Please choose another one."))
        return page(request, form, 422)


def opened(request: HttpRequest, values: dict[str, Any]) -> HttpResponseRedirect:
    """Into the new tenant, with a key that opens once."""
    tenant = tenant_open(**values, sample=True)
    tasks.send([("tenants.upkeep.pool", "bulk", {}, {"expires": 60})])  # one schema fewer is ready
    return HttpResponseRedirect(tenant_url(request, tenant, f"enter/{key_make(tenant, values['email'])}/"))


def kind_ask(values: dict[str, Any]) -> None:
    """Have a schema made of the kind that is waited for, before all others, unless that is being done."""
    sample = sample_of(values["industry"], values["locale"])
    if cache.add(asked_key(sample), 1, 60):
        tasks.send([("tenants.upkeep.pool", "interactive", {"sample": sample}, {"expires": 60})])


def wait(values: dict[str, Any]) -> HttpResponseRedirect:
    """Keep what was typed, its password hashed, where only this ticket finds it."""
    ticket = secrets.token_urlsafe(24)
    cache.set(f"waiting:{ticket}", values, WAITED_SECONDS)
    kind_ask(values)
    return redirect("public:preparing", ticket=ticket)


@require_GET
@never_cache
@into_tenants
def preparing(request: HttpRequest, ticket: str) -> HttpResponse:
    """A page that asks again by itself until a schema is ready."""
    values = cache.get(f"waiting:{ticket}")
    if values is None:
        return redirect("public:landing")
    if not cache.add(f"taking:{ticket}", 1, 30):  # two tabs with one ticket
        return render(request, "tenants/preparing.html", {"name": values["name"]})
    try:
        answer = opened(request, values)
    except NoReadySchema:
        kind_ask(values)  # what was made may have gone to another who waited
        return render(request, "tenants/preparing.html", {"name": values["name"]})
    except SlugTaken:
        kept = {"name": values["name"], "email": values["email"], "industry": values["industry"]}
        taken = gettext("This address is taken. Please choose another one.")
        return page(request, SignUpForm(initial=kept), 409, taken)
    finally:
        cache.delete(f"taking:{ticket}")
    cache.delete(f"waiting:{ticket}")
    return answer


@require_GET
@never_cache
def address(request: HttpRequest) -> JsonResponse:
    """For the form while it is typed: an address for `name`, or whether `slug` can be had."""
    if is_over("address", request, 300, 300):
        message = gettext("Too many questions; please wait.")
        return JsonResponse({"slug": "", "is_free": False, "message": message}, status=429)
    if "slug" not in request.GET:
        return JsonResponse({"slug": slug_free(request.GET.get("name", "")[:100]), "is_free": True, "message": ""})
    slug = request.GET["slug"][:63].lower()
    try:
        slug_check(slug)
    except ValidationError as error:
        return JsonResponse({"slug": slug, "is_free": False, "message": error.messages[0]})
    free = is_free(slug)
    return JsonResponse({"slug": slug, "is_free": free, "message": "" if free else gettext("This address is taken.")})
