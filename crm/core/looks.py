"""What a noun says of its looks (board, calendar), of reminders, of what waits, of being written beside a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from crm.core.actors import Actor
from crm.core.errors import Problem


@dataclass(frozen=True)
class Board:
    """The look in columns: one a value of a choice, or one a record of the noun that a link points at."""

    by: str  # the choice or link whose values are the columns
    cards: tuple[str, ...]  # what a card shows beside its title
    since: str = "created_at"  # the moment by which cards are ordered, newest first; never empty
    within: str = ""  # a link that the noun and the columns' noun both have: one value of it is shown at a time
    amount: str = ""
    weighted: str = ""
    limit: str = ""  # the columns' number of days after which a card is shown as ageing
    verb: str = ""  # the action that moves a card (its input is named as `by`)
    verbs: Mapping[str, str] = field(default_factory=dict)  # of a choice: the action that leads to each value
    asks: Callable[[Mapping[str, Any]], str] = lambda column: ""  # the action whose dialog a column opens instead


@dataclass(frozen=True)
class Calendar:
    """Where a record stands in the calendar."""

    begins: str  # a day or a moment; indexed
    ends: str = ""
    state: str = ""  # the choice that tells whether it is over
    over: tuple[str, ...] = ()
    verb: str = ""  # the action that moves it (its inputs are named as `begins` and `ends`); none: they are saved
    about: str = ""  # a link whose title says more than a number does
    is_aside: bool = False  # in the calendar of everything only for who asks for it


@dataclass(frozen=True)
class Order:
    """That people put the records of a noun into an order."""

    by: str  # the number that says the place, from one
    within: str = ""  # a link: the records of each of its targets have an order of their own


@dataclass(frozen=True)
class Reminder:
    """When somebody is reminded of a record: so many minutes before a moment, while it waits."""

    at: str
    minutes: str
    state: str
    waiting: str  # the value of `state` while it is still to be done


@dataclass(frozen=True)
class Composer:
    """What is asked for where one is written on the page of the record that it is about."""

    fields: tuple[str, ...]  # in this order; the first has the whole width
    verb: str = ""  # the action that follows at once
    starter: str = ""  # a link among the fields: choosing another record begins the form anew
    paper: str = ""  # a yes or no that only records with papers are asked: whether theirs goes along
    answers: str = ""  # the link to what it answers: it is then written on the page of its own kind, too
    has_files: bool = False  # whether files may be sent along
    lacks: Callable[[Actor], str] | None = None  # what keeps somebody from the action, told before they write


@dataclass(frozen=True)
class Waiting:
    """When a record waits for somebody, and stands in the queue of their work."""

    since: str  # the day or moment from which it waits
    says: Callable[[int], str]  # the reason in one line, told for how many days
    weight: int  # how urgent it is on the first day, of a hundred
    where: Mapping[str, str] = field(default_factory=dict)  # filters as in the address of a list
    verb: str = ""  # the action that is at hand; only those who may take it are asked
    is_own: bool = True  # only its owner is asked


@dataclass(frozen=True)
class FollowUp:
    """That a noun's records are follow-ups of what they are about."""

    done: str  # the moment when it was
    planned: str = ""  # the moment for which it is planned; of what is not done yet
    where: models.Q = field(default_factory=models.Q)  # which of them count


@dataclass(frozen=True)
class Worth:
    """What a form tells of lines while they are filled in: what they come to, and the prices that nobody wrote yet."""

    totals: tuple[str, ...]  # fields of the record that its lines add up to
    fills: frozenset[str]  # fields of a line that a form fills in until somebody writes them
    suggest: Callable[[dict[str, Any], Sequence[dict[str, Any]], Sequence[dict[str, Any]]], Sequence[Problem]]
    """Fills them in: the record, the lines that do not say them, the lines as they are stored."""
