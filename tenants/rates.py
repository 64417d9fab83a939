"""How often one address may ask: counted in the cache, forgotten after a while."""
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The client's address; behind our own proxy the one that it noted last, for a client can write the others."""
    noted = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    return noted if noted and settings.SECURE_PROXY_SSL_HEADER else str(request.META.get("REMOTE_ADDR", ""))


def is_over(what: str, request: HttpRequest, most: int, seconds: int) -> bool:
    """Count this one; whether it is one too many within the time."""
    key = f"rate:{what}:{address_of(request)}"
    cache.add(key, 0, seconds)
    try:
        return bool(cache.incr(key) > most)
    except ValueError:  # it expired in between
        return False
