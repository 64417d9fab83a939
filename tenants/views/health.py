"""Whether this process lives, and whether it can work."""
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from tenants.checks import server_problems


def health(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def ready(_request: HttpRequest) -> HttpResponse:
    """Its database and its cache answer, and are what the program needs."""
    cache.set("ready", 1, 5)
    problems = server_problems()
    return HttpResponse("\n".join(problems) or "ok", content_type="text/plain", status=503 if problems else 200)
