"""Failures that are the caller's to mend."""

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
