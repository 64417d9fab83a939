"""`Idempotency-Key`: a POST that is sent twice is done once, and answered twice.

The key's row is written in the transaction of the effect. Who is at work holds a lock that ends with its transaction,
so a process that dies leaves neither an effect nor a key that blocks for ever.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.models import IdempotencyKey
from crm.api.rendering import JsonRenderer
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.locking import try_lock

KEPT = timedelta(hours=24)
KEY = re.compile(r"[\x21-\x7e]{1,255}")
GIVEN_ONCE = 0  # instead of a status
SAID_AGAIN = ("Location", "ETag", "Content-Location", "Likely-Duplicates")


def key_of(request: Request) -> str:
    """The key that the caller sent; "" without one."""
    key = str(request.META.get("HTTP_IDEMPOTENCY_KEY", ""))
    if "HTTP_IDEMPOTENCY_KEY" in request.META and not KEY.fullmatch(key):
        raise CrmError(
            "bad_value", _("Idempotency-Key takes 1 to 255 visible ASCII characters."), parameter="Idempotency-Key"
        )
    return key


def once(request: Request, key: str, actor: Actor, act: Callable[[], Any], *, is_secret: bool = False) -> Any:
    """Do it and keep the answer with the effect; a request that comes again gets the answer that was kept.

    An answer that holds a secret, which is shown once, is not kept: only that it was given.
    """
    digest = hashlib.sha256("\x00".join((actor.kind, str(actor.id), key)).encode()).digest()
    with transaction.atomic():
        if not try_lock("idempotency", digest.hex()):
            message = _("The first request with this key is still being worked on.")
            raise CrmError("idempotency_in_flight", message, status=409, retry_after=1)
        mark = fingerprint(request)
        kept = IdempotencyKey.objects.filter(digest=digest).first()
        if kept is not None and IdempotencyKey.objects.filter(pk=kept.pk, created_at__gt=Now() - KEPT).exists():
            return again(kept, mark)
        response = act()
        if response.status_code < 400:
            IdempotencyKey.objects.filter(digest=digest).delete()
            IdempotencyKey.objects.create(
                digest=digest,
                fingerprint=mark,
                status=GIVEN_ONCE if is_secret else response.status_code,
                headers={name: response.headers[name] for name in SAID_AGAIN if name in response.headers},
                body=b"" if is_secret else body_of(response),
            )
    return response


def body_of(response: Any) -> bytes:
    """The bytes of an answer."""
    return JsonRenderer().render(response.data) if isinstance(response, Response) else bytes(response.content)


def again(kept: IdempotencyKey, mark: bytes) -> HttpResponse:
    """The answer that was given then; refused where this request is another one."""
    if bytes(kept.fingerprint) != mark:
        raise CrmError("idempotency_mismatch", _("This key was used for another request; take a new one."), status=422)
    if kept.status == GIVEN_ONCE:
        raise CrmError(
            "idempotency_done", _("This was done; its answer holds a secret and is not repeated."), status=409
        )
    answer = HttpResponse(bytes(kept.body), status=kept.status, content_type=JsonRenderer.media_type)
    for name, value in kept.headers.items():
        answer[name] = value
    answer["Idempotent-Replayed"] = "true"
    return answer


def fingerprint(request: Request) -> bytes:
    """What makes two requests the same: the address with its query, and what the body says."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    for piece in pieces_of(request.data):
        found.update(piece)
    return found.digest()


def pieces_of(data: Any) -> Iterator[bytes]:
    """The body as bytes that do not depend on the order of names; a file goes in by what it holds."""
    if not isinstance(data, Mapping) or not any(isinstance(value, UploadedFile) for value in data.values()):
        yield json.dumps(data, sort_keys=True, default=str).encode()
        return
    for name in sorted(data):
        value = data[name]
        yield f"\n{name}=".encode()
        if isinstance(value, UploadedFile):
            yield from value.chunks()
            value.seek(0)
        else:
            yield str(value).encode("utf-8", "surrogatepass")
