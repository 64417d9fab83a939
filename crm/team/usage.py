"""How much each program asks: limits by the minute and the day, and counts for the usage page.

Kept in Valkey under the tenant's schema, in one atomic step a request. Where Valkey does not answer, requests go on
uncounted: a limit protects the service and must not be what breaks it.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import redis
from django.conf import settings
from django.core.cache import cache

from tenants.context import current
from tenants.standing import schema_here

log = logging.getLogger(__name__)
WINDOW, DAY = 60, 86_400
KEPT_DAYS, PAUSE_SECONDS = 35, 5.0
NOBODY = "nobody"  # requests without valid credentials are one line of the usage page
FAILED = "failed"

COUNT = """
local asked = redis.call('INCR', KEYS[1])
local left = redis.call('TTL', KEYS[1])
if left < 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]); left = tonumber(ARGV[1]) end
if asked > tonumber(ARGV[2]) then
  redis.call('HINCRBY', KEYS[3], ARGV[4] .. ' ' .. 'failed', 1)
  return {asked, left, tonumber(redis.call('GET', KEYS[2]) or '0'), 1}
end
local today = redis.call('INCR', KEYS[2])
if today == 1 then redis.call('EXPIRE', KEYS[2], 90000) end
if tonumber(ARGV[3]) > 0 and today > tonumber(ARGV[3]) then
  redis.call('HINCRBY', KEYS[3], ARGV[4] .. ' ' .. 'failed', 1)
  return {asked, left, redis.call('DECR', KEYS[2]), 2}
end
if redis.call('HINCRBY', KEYS[3], ARGV[4], 1) == 1 then redis.call('EXPIRE', KEYS[3], ARGV[5]) end
return {asked, left, today, 0}
"""


@dataclass(frozen=True)
class Limit:
    """What is allowed: so many requests of one caller in a minute, of the whole company in a day (0: no limit)."""

    burst: int
    daily: int = 0


@dataclass(frozen=True)
class Standing:
    """Where a caller stands after a request was counted; `refused_by` names the limit that it ran into."""

    limit: Limit
    burst_left: int
    burst_reset: int
    daily_left: int
    daily_reset: int
    refused_by: str = ""

    @property
    def wait(self) -> int:
        """After how many seconds it is worth trying again."""
        return self.daily_reset if self.refused_by == "daily" else self.burst_reset


class Pause:
    """After an error nobody waits for Valkey again for a while."""

    until = 0.0


@lru_cache(maxsize=1)
def store() -> Any:
    """The counters' own connection, with short time-outs, and the script that counts."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    return client.register_script(COUNT)


def limit_here(own: int | None = None) -> Limit:
    """What the company's plan allows, or the service's default; a key may be held to less."""
    plan = current().plan
    burst = plan.burst_limit or settings.API_REQUESTS_A_MINUTE
    return Limit(min(burst, own) if own else burst, plan.daily_limit or 0)


def key_of(what: str) -> str:
    """A key of this tenant; the braces keep a tenant's keys on one node of a cluster."""
    return f"{cache.key_prefix}kith:{{{schema_here()}}}:{what}"


def count(caller: str, limit: Limit, *, line: str = "") -> Standing | None:
    """Count one request of a caller and say where it stands; `line` is its line of the usage page, if another."""
    today = datetime.now(UTC)
    day = today.date().isoformat()
    keys = [key_of(f"burst:{caller}"), key_of(f"day:{day}"), key_of(f"usage:{day}")]
    found = ask(keys, [WINDOW, limit.burst, limit.daily, line or caller, KEPT_DAYS * DAY])
    if found is None:
        return None
    asked, reset, of_day, refused = (int(one) for one in found)
    midnight = DAY - (today.hour * 3600 + today.minute * 60 + today.second)
    return Standing(
        limit, max(0, limit.burst - asked), reset, max(0, limit.daily - of_day), midnight,
        ("", "burst", "daily")[refused],
    )  # fmt: skip


def ask(keys: list[str], values: list[Any]) -> list[int] | None:
    """Run the script; None where Valkey is away."""
    if time.monotonic() < Pause.until:
        return None
    try:
        return cast("list[int]", store()(keys=keys, args=values))
    except redis.RedisError as error:
        Pause.until = time.monotonic() + PAUSE_SECONDS
        log.warning("Valkey does not answer: requests are neither limited nor counted for the moment (%s)", error)
        return None


def failure_note(caller: str) -> None:
    """Count an answer that refused or failed, beside the requests of its caller."""
    if time.monotonic() < Pause.until:
        return
    try:
        store().registered_client.hincrby(key_of(f"usage:{datetime.now(UTC).date()}"), f"{caller} {FAILED}", 1)
    except redis.RedisError as error:
        Pause.until = time.monotonic() + PAUSE_SECONDS
        log.warning("Valkey does not answer: a failure is not counted (%s)", error)


@dataclass(frozen=True)
class Day:
    """One day of the usage page: requests and failures by caller."""

    on: date
    requests: dict[str, int]
    failures: dict[str, int]


def usage_read(days: int) -> list[Day]:
    """The last days, oldest first; empty where Valkey is away."""
    last = datetime.now(UTC).date()
    dates = [last - timedelta(days=ago) for ago in range(days - 1, -1, -1)]
    try:
        pipe = store().registered_client.pipeline(transaction=False)
        for on in dates:
            pipe.hgetall(key_of(f"usage:{on}"))
        found = pipe.execute()
    except redis.RedisError as error:
        log.warning("Valkey does not answer: the usage page stays empty (%s)", error)
        found = [{} for _ in dates]
    return [day_of(on, counts) for on, counts in zip(dates, found, strict=True)]


def day_of(on: date, counts: dict[bytes, bytes]) -> Day:
    """One day as it was stored."""
    sides: dict[bool, dict[str, int]] = defaultdict(dict)
    for name, number in counts.items():
        caller, _space, failed = name.decode().partition(" ")
        sides[bool(failed)][caller] = int(number)
    return Day(on, sides[False], sides[True])


def today_count() -> int:
    """How many requests of the company counted today."""
    try:
        return int(store().registered_client.get(key_of(f"day:{datetime.now(UTC).date()}")) or 0)
    except redis.RedisError:
        return 0
