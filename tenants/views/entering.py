"""From sign-up into the tenant: a key that is signed for one schema, opens once, and only for a minute."""
import secrets

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tenants import signing
from tenants.context import inside
from tenants.models import Tenant

PURPOSE, SECONDS = "enter", 60


def key_make(tenant: Tenant, email: str) -> str:
    """A key for the person of that address."""
    with inside(tenant):
        return signing.sign([email, secrets.token_hex(8)], purpose=PURPOSE)


@require_GET
@never_cache
def enter(request: HttpRequest, key: str) -> HttpResponseRedirect:
    """Log the holder in; a key that is old, used or another tenant's leads to the log-in page."""
    try:
        email, once = signing.unsign(key, purpose=PURPOSE, max_age=SECONDS)
    except signing.BadSignature:
        return redirect(settings.LOGIN_URL)
    person = get_user_model()._default_manager.filter(email=email, is_active=True).first()
    if person is None or not cache.add(f"entered:{once}", 1, 2 * SECONDS):
        return redirect(settings.LOGIN_URL)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect(settings.LOGIN_REDIRECT_URL)
