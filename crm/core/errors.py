"""Failures that are the caller's to mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Problem:
    """Why one value was refused: a stable code for programs, a sentence for people."""

    code: str
    message: str | Promise
    allowed: tuple[str, ...] = ()


class Unfit(Exception):
    """What follows from a record's values cannot be kept; `field` is the one to mend, `lines` for a whole part."""

    def __init__(self, field: str, problem: Problem) -> None:
        super().__init__(str(problem.message))
        self.field, self.problem = field, problem


class CrmError(Exception):
    """A refusal with a stable code, a sentence that says what to do, and the HTTP status that fits it."""

    def __init__(self, code: str, message: str | Promise, *, status: int = 400, **details: object) -> None:
        super().__init__(str(message))
        if details:
            self.add_note(str(details))  # for logs and tracebacks; surfaces take the details themselves
        self.code, self.message, self.status, self.details = code, message, status, details


MOST_TOLD = 20


class Refusals:
    """What is wrong with one request, gathered so that all of it is told at once."""

    def __init__(self) -> None:
        self.found: list[CrmError] = []

    @contextmanager
    def kept(self, at: str = "") -> Iterator[None]:
        """Gather what is refused within, and go on behind it; `at` is where in a tree it stands."""
        try:
            yield
        except CrmError as error:
            if error.status != 400:  # who may not look at all is told nothing else
                raise
            for one in each_of(error):
                one.details["at"] = f"{at}{one.details.get('at', '')}"
            self.found += each_of(error)

    def tell(self) -> None:
        """Refuse, if anything was wrong: one thing as itself, several as one refusal that holds them."""
        if len(self.found) == 1:
            raise self.found[0]
        if self.found:
            first, found = self.found[0], self.found[:MOST_TOLD]
            said = " ".join(dict.fromkeys(str(one.message) for one in found))
            raise CrmError(first.code, said, status=first.status, several=found)


def each_of(error: CrmError) -> list[CrmError]:
    """The single refusals that one holds, or itself."""
    several = error.details.get("several")
    return several if isinstance(several, list) else [error]


@contextmanager
def placed(*, parameter: str = "", pointer: str = "") -> Iterator[None]:
    """Say of what is refused within where it was sent: in which parameter, or from where in the body."""
    try:
        yield
    except CrmError as error:
        for one in each_of(error):
            at = {"parameter": parameter} if parameter else {"pointer": f"{pointer}{one.details.get('at', '')}"}
            one.details |= at
        raise


@contextmanager
def in_body() -> Iterator[None]:
    """Say of what is refused within that it was a member of the body, not a parameter."""
    try:
        yield
    except CrmError as error:
        for one in each_of(error):
            name = one.details.get("parameter") or one.details.get("field")
            one.details |= {"pointer": f"/{name}"} if name and "pointer" not in one.details else {}
        raise
