"""Whether this process lives, and whether it can work."""
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from tenants.checks import server_problems
from tenants.models import Tenant


def health(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def failings() -> list[str]:
    """What this process needs and does not reach, asked now; the kind of server is asked once."""
    problems: list[str] = []
    try:
        Tenant.objects.exists()
        problems += server_problems()
    except DatabaseError as error:
        problems.append(f"database: {type(error).__name__}")
    try:
        cache.set("ready", 1, 5)
    except RedisError as error:
        problems.append(f"cache: {type(error).__name__}")
    return problems


def ready(_request: HttpRequest) -> HttpResponse:
    """Its database and its cache answer, and are what the program needs."""
    problems = failings()
    return HttpResponse("\n".join(problems) or "ok", content_type="text/plain", status=503 if problems else 200)
