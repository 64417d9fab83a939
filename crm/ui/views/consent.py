"""The page on which a person lets an app act for them, or does not."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.core.errors import CrmError
from crm.team.connections import connection_agree
from crm.team.oauth import AskedWrongly, answered, asked
from crm.ui.pages import PageRequest, page
from crm.ui.scopes import words_of
from crm.ui.views.accounts import plain


@require_http_methods(["GET", "POST"])
@page
def authorize(request: PageRequest) -> HttpResponse:
    """GET asks; POST answers. Both judge the request's own address: nothing of it travels in the form."""
    try:
        scopes, credentials, app = asked(request)
    except AskedWrongly as refusal:
        if refusal.address:
            return sent(request, refusal.address)
        message = _("This app asked wrongly, so nothing was given to it: %(why)s") % {"why": refusal.message}
        raise CrmError("bad_request", message) from refusal
    if request.method == "POST":
        is_agreed = request.POST.get("answer") == "allow"
        if is_agreed:
            connection_agree(app, request.user, scopes, actor=request.actor)
        return sent(request, answered(request, scopes, credentials, allow=is_agreed))
    back = urlsplit(credentials["redirect_uri"])
    response = plain(
        request,
        "ui/consent.html",
        {
            "app": app,
            "wishes": [(words_of(scope), scope, request.actor.may(scope)) for scope in scopes],
            "host": back.netloc,
            "person": request.user,
        },
    )
    # after the form, the browser is sent to the app: the policy of this one page allows that one place
    policy = {"form-action": ["'self'", f"{back.scheme}://{back.netloc}"]}
    setattr(response, "_csp_update", policy)  # noqa: B010  django-csp looks for it on the response
    return response


def sent(request: PageRequest, address: str) -> HttpResponse:
    """Back to the app, which is told who answers (RFC 9207)."""
    issuer = request.build_absolute_uri(reverse("ui:home")).rstrip("/")
    mark = "&" if urlsplit(address).query else "?"
    response = HttpResponse(status=302)
    response["Location"] = f"{address}{mark}{urlencode({'iss': issuer})}"
    return response
