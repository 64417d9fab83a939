"""What can go wrong, as exceptions that carry everything the API said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that was wrong with a request: where, which kind, in words, and what would be allowed."""

    code: str
    message: str
    pointer: str = ""
    parameter: str = ""
    allowed: tuple[str, ...] = ()


@dataclass
class KithError(Exception):
    """The API refused; `code` is stable, `problems` holds every reason at once."""

    status: int
    code: str
    detail: str
    request_id: str = ""
    problems: list[Problem] = field(default_factory=list)
    body: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        places = "".join(f"\n  {one.pointer or one.parameter}: {one.message}" for one in self.problems)
        return f"{self.status} {self.code}: {self.detail}{places}"


class NotReached(Exception):
    """No answer came, after every try that was safe to make."""


class Invalid(KithError):
    """Some values are not right (400, 422)."""


class Forbidden(KithError):
    """The key is not good for this (401, 403)."""


class NotFound(KithError):
    """There is no such record, or the caller may not see it (404)."""


class Conflict(KithError):
    """It collides with something that is there (409)."""


class Stale(KithError):
    """The record was changed since it was read (412, or 409 with code stale)."""

    @property
    def values(self) -> dict[str, tuple[Any, Any]]:
        """The fields on which the two disagree: (yours, theirs)."""
        told = self.body.get("errors") or ()
        return {one["pointer"][1:]: (one["yours"], one["theirs"]) for one in told if "theirs" in one}


class TooMany(KithError):
    """The limit is used up and waiting did not help (429)."""


KINDS: Mapping[int, type[KithError]] = {
    400: Invalid,
    401: Forbidden,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Stale,
    422: Invalid,
    429: TooMany,
}


def error_of(status: int, body: Mapping[str, Any]) -> KithError:
    """The exception for an answer of application/problem+json."""
    kind = Stale if body.get("code") == "stale" else KINDS.get(status, KithError)
    return kind(
        status=status,
        code=str(body.get("code", "")),
        detail=str(body.get("detail") or body.get("title") or "no reason was given"),
        request_id=str(body.get("request_id", "")),
        problems=[problem_of(one) for one in body.get("errors") or ()],
        body=body,
    )


def problem_of(said: Mapping[str, Any]) -> Problem:
    """One entry of `errors`."""
    return Problem(
        code=str(said.get("code", "")),
        message=str(said.get("message", "")),
        pointer=str(said.get("pointer", "")),
        parameter=str(said.get("parameter", "")),
        allowed=tuple(str(one) for one in said.get("allowed") or ()),
    )
