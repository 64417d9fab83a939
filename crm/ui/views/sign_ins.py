"""Settings: the browsers in which one is logged in."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from crm.team.sign_ins import sign_in_end, sign_ins, sign_ins_end_others
from crm.ui.pages import PageRequest, go, page, show, toast_later


@require_http_methods(["GET", "POST"])
@page
def browsers(request: PageRequest) -> HttpResponse:
    """Each of them; one, or all others, are logged out from here."""
    here = request.session.session_key
    if request.method == "POST":
        if id := str(request.POST.get("browser", "")):
            sign_in_end(request.user, id)
            toast_later(request, _("This browser is logged out."))
        else:
            n = sign_ins_end_others(request.user, here)
            toast_later(
                request, ngettext("%(n)s browser is logged out.", "%(n)s browsers are logged out.", n) % {"n": n}
            )
        return go(request, reverse("ui:sign-ins"))
    return show(request, "ui/settings/sign_ins.html", {"browsers": sign_ins(request.user, here), "tab": "sign-ins"})
