"""Is this really from Kith? Checks the signature of a delivery (Standard Webhooks 1.0: HMAC-SHA256, symmetric)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

TOLERANCE = 300  # seconds that the clocks may differ


class NotGenuine(Exception):
    """The delivery was not signed with this secret, or is too old."""


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> dict[str, Any]:
    """The delivered event, once its signature holds; `secret` is the webhook's `whsec_…`."""
    told = {name.lower(): value for name, value in headers.items()}
    try:
        delivery, moment, signatures = (told[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        sent_at, key = int(moment), base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (KeyError, ValueError, binascii.Error) as error:
        raise NotGenuine("a header or the secret is missing or misshapen") from error
    if abs((time.time() if now is None else now) - sent_at) > TOLERANCE:
        raise NotGenuine("it was sent too long ago, or the clocks differ")
    digest = hmac.new(key, f"{delivery}.{moment}.".encode() + body, hashlib.sha256).digest()
    expected = base64.b64encode(digest).decode()
    given = [one.partition(",") for one in signatures.split()]
    if not any(version == "v1" and hmac.compare_digest(signature, expected) for version, _comma, signature in given):
        raise NotGenuine("the signature does not match")
    event: dict[str, Any] = json.loads(body)
    return event
