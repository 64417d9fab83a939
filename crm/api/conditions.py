"""Conditions of a request: `If-Match`, `?dry_run=1` and the ETag that answers them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request

from crm.core.errors import CrmError

TAG = re.compile(r'(?:W/)?"(\d{1,9})(?:\.[0-9a-f]{1,16})?"|(\d{1,9})', re.ASCII)
YES, NO = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no"})


def etag(version: int, scored_at: datetime | None = None) -> str:
    """The write version as an entity tag; scores, which do not change it, are told apart by their moment behind it."""
    return f'"{version}.{int(scored_at.timestamp() * 1000):x}"' if scored_at else f'"{version}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` names this tag: the caller has it already."""
    header = str(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in header.split(","))


def version_asked(request: Request) -> int | None:
    """The version that `If-Match` names; None without the header or for `*`."""
    header = str(request.META.get("HTTP_IF_MATCH", "")).strip()
    if header in ("", "*"):
        return None
    found = TAG.fullmatch(header)
    if found is None:
        raise CrmError("bad_value", _('If-Match takes one ETag as we sent it, such as "3", or *.'))
    return int(found[1] or found[2])


@contextmanager
def if_matched(version: int | None) -> Iterator[None]:
    """A stale version that came by `If-Match` is a failed precondition (412), not a conflict (409)."""
    try:
        yield
    except CrmError as error:
        if error.code == "stale" and version is not None:
            raise CrmError("precondition_failed", error.message, status=412, **error.details) from error
        raise


def is_dry(request: Request) -> bool:
    """Whether nothing shall be kept."""
    asked = request.query_params.get("dry_run", "0").lower()
    if asked not in YES | NO:
        raise CrmError("bad_value", _("dry_run takes 1 or 0."), parameter="dry_run", allowed=("1", "0"))
    return asked in YES


@contextmanager
def rolled_back() -> Iterator[None]:
    """Everything happens, is answered, and is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
