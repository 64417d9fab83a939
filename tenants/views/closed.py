"""A tenant that is unknown, not yet there, suspended or gone: a page that says so, to people and to programs."""
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.csrf import csrf_exempt

REASONS: dict[str, tuple[int, str, str]] = {
    "unknown": (404, gettext_noop("There is no workspace at this address"),
                gettext_noop("Check the address for a typing mistake, or ask whoever invited you.")),
    "preparing": (503, gettext_noop("This workspace is being prepared"),
                  gettext_noop("It will open in a few seconds. Please reload the page.")),
    "suspended": (403, gettext_noop("This workspace is suspended"),
                  gettext_noop("Nothing has been deleted. Its owner can have it opened again by writing to support.")),
    "closing": (403, gettext_noop("This workspace has been closed"),
                gettext_noop("Its owner asked for it to be closed. Write to support if this is a mistake.")),
}


@csrf_exempt
def closed(request: HttpRequest) -> HttpResponse:
    """The reason, with the status that fits it."""
    status, title, text = REASONS[vars(request)["closed"]]
    if request.path_info.startswith("/api/"):
        problem = {"type": "about:blank", "title": gettext(title), "status": status, "code": vars(request)["closed"]}
        return JsonResponse(problem, status=status, content_type="application/problem+json")
    shown = {"title": gettext(title), "text": gettext(text), "code": status}
    return render(request, "tenants/closed.html", shown, status=status)
