"""Who acts: never None, never a thread-local."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q

Kind = Literal["user", "key", "app", "portal", "system"]
Via = Literal["page", "api", "import", "rule", "job", "command"]


@lru_cache(maxsize=4096)
def granted(patterns: frozenset[str], permission: str) -> bool:
    """Whether any of the patterns (`*`, `*.view_*`, `sales.win_deal`) covers the permission, or the pattern of some,
    and nothing that is taken out again (`-sales.view_deal`) is in it."""
    if any(p[0] == "-" and fnmatchcase(p[1:], permission) for p in patterns):
        return False
    return permission in patterns or any("*" in p and fnmatchcase(permission, p) for p in patterns)


@dataclass(frozen=True, eq=False)
class Reach:
    """Of some nouns, the condition under which a record is seen, or changed; of all others, every record is."""

    see: Mapping[str, Condition] = field(default_factory=dict)
    change: Mapping[str, Condition] = field(default_factory=dict)
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # the same in words, as the role has it


EVERYTHING = Reach()


@dataclass(frozen=True)
class Actor:
    """A person, an API client, a portal account or the system itself, and by which door it came."""

    kind: Kind
    id: UUID | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)
    via: Via = "job"
    request_id: str = ""
    hidden_fields: frozenset[str] = field(default_factory=frozenset)  # "customers.customer.email"
    reach: Reach = EVERYTHING
    name: str = ""
    scopes: frozenset[str] | None = None  # what a program was given, of the permissions; None: nothing is held back
    acts_for: UUID | None = None  # the person on whose behalf an app acts
    address: str = ""  # of a portal's visitor: the network address they came from
    fixed_fields: frozenset[str] = field(default_factory=frozenset)  # seen, not changed: "customers.customer.email"
    reveals: bool = False  # asked for masked values in full, which is noted: where it may see them it does
    on_sample: bool = False  # inside an action on a record of the sample: what comes of it is tried out

    def may(self, permission: str) -> bool:
        """Whether this actor holds `<module>.<verb>_<noun>`, or every permission of a pattern such as `sales.*`."""
        if self.kind == "system":
            return True
        return granted(self.permissions, permission) and (self.scopes is None or granted(self.scopes, permission))

    @property
    def person(self) -> UUID | None:
        """Whose records are its own: the person's for whom an app acts, else the actor's."""
        return self.acts_for or self.id

    @property
    def makes_for(self) -> UUID | None:
        """Whose the records are that it makes, where nothing else is said: a key's person's who sees only their own."""
        return self.acts_for if self.kind == "key" else None

    def authorised(self) -> Actor:
        """The same actor inside a verb that was permitted at the door: its inner writes ask no further permission."""
        everything = frozenset({"*"})
        free: frozenset[str] = frozenset()
        return replace(
            self, permissions=everything, scopes=None, hidden_fields=free, fixed_fields=free, reach=EVERYTHING
        )

    def by(self, *, via: Via, request_id: str = "") -> Actor:
        """The same actor through another door."""
        return replace(self, via=via, request_id=request_id or self.request_id)


Condition = Callable[[Actor], Q]
SYSTEM = Actor("system")
