"""How often one address may ask, and an account be tried: counted in the cache, forgotten after a while."""
from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

USUAL_SECONDS = 30 * 24 * 3600


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


@dataclass(frozen=True)
class Bound:
    """So many tries within so many seconds, of whatever the key names."""

    key: str
    most: int
    seconds: int

    def wait(self) -> int:
        """Count a try; the seconds until the next is heard if this is one too many, else 0."""
        ends = f"{self.key}:ends"
        now = time.time()
        if cache.add(ends, now + self.seconds, self.seconds):
            cache.set(self.key, 0, self.seconds)
        try:
            tries = cache.incr(self.key)
        except ValueError:  # it expired in between
            return 0
        return math.ceil(max(1, cache.get(ends, now) - now)) if tries > self.most else 0

    def forgive(self) -> None:
        """The try was a right one: it does not count."""
        try:
            cache.decr(self.key)
        except ValueError:  # it expired in between
            return


class Guard:
    """Who tries to prove to be an account: bounded by account and address, by address, and, softer, by account.

    Nobody can lock an account out from elsewhere: the third does not bind an address from which it came in lately.
    """

    def __init__(self, what: str, account: str, request: HttpRequest, *, most: int = 10, seconds: int = 300) -> None:
        address = address_of(request)
        named = hashlib.sha256(account.strip().lower().encode(errors="replace")).hexdigest()[:32]
        self.pair = Bound(f"tries:{what}:{named}:{address}", most, seconds)
        self.wide = (
            Bound(f"tries:{what}:address:{address}", 100, seconds),
            Bound(f"tries:{what}:account:{named}", 300, 3600),
        )
        self.usual = f"tries:{what}:usual:{named}:{address}"

    def wait(self) -> int:
        """Count a try; how many seconds to wait, or 0. What one bound refuses does not fill the next."""
        address, account = self.wide
        wait = self.pair.wait() or address.wait()
        return wait or (0 if cache.get(self.usual) else account.wait())

    def passed(self) -> None:
        """It was the right one: begin anew, and know the address."""
        cache.delete_many([self.pair.key, f"{self.pair.key}:ends"])
        for bound in self.wide:
            bound.forgive()
        cache.set(self.usual, 1, USUAL_SECONDS)
