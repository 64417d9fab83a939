"""The custom fields and layouts of the tenant at hand, as this process knows them.

Each tenant's catalogue row carries a stamp that rises, in the same transaction, with every change of its fields. A
process keeps compiled fields by schema with the stamp they were read at; whoever enters a tenant brings its row, and an
older copy is read anew. So a warm request costs no statement, a change is seen as soon as the row is (web processes
look it up each second, tasks at their start), and nothing has to be told to anybody.

A transaction that changes fields sees its own change at once and alone. Django drops what waits for a COMMIT when it
rolls back, savepoints included: the marker that waits there says whether the change still stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import F

from crm.core.custom.columns import Custom, custom_of
from crm.core.custom.shapes import Shape, shape_with
from crm.core.models import CustomField, Layout
from tenants import hosts
from tenants.context import current
from tenants.models import Tenant

MOST = 300  # tenants of which one process keeps the fields
PENDING = "custom_fields_pending"  # on the connection: what its open transaction has changed


@dataclass(frozen=True, eq=False)
class Known:
    """A tenant's custom fields at a stamp, by noun; shapes are compiled when they are first asked for."""

    stamp: int
    fields: Mapping[str, list[Custom]] = field(default_factory=dict)
    retired: Mapping[str, dict[str, str]] = field(default_factory=dict)
    layouts: Mapping[tuple[str, str], Layout] = field(default_factory=dict)  # by noun and role
    shapes: dict[str, Shape] = field(default_factory=dict)
    pointing: dict[str, list[tuple[Any, str]]] = field(default_factory=dict)  # who points at whom: the registry's

    def shape(self, label: str, plain: Shape) -> Shape:
        """A noun's shape."""
        found = self.shapes.get(label)
        if found is None:
            own, gone = self.fields.get(label, ()), self.retired.get(label, {})
            found = self.shapes[label] = shape_with(plain, own, gone) if own or gone else plain
        return found


@dataclass(frozen=True, eq=False)
class Pending:
    """What an open transaction has changed, and the marker that goes when it is rolled back."""

    schema: str
    known: Known
    marker: Callable[[], None]


NOTHING = Known(0)
_known: dict[str, Known] = {}


def forget() -> None:
    """Read everything anew."""
    _known.clear()


def known_here() -> Known:
    """The custom fields of the tenant the connection stands in; outside a tenant there are none."""
    here: Any = connections[DEFAULT_DB_ALIAS]
    stamp: int | None = getattr(here.tenant, "custom_stamp", None)
    if stamp is None:
        return NOTHING
    if PENDING in vars(here) and (mine := pending_of(here)) is not None:
        return mine
    known = _known.get(here.schema_name)
    if known is None:
        if not stamp:
            return NOTHING
    elif known.stamp >= stamp:
        return known
    return keep(here.schema_name, known_read(stamp))


def keep(schema: str, known: Known) -> Known:
    """Remember it in this process, unless something newer has come."""
    if len(_known) >= MOST:
        forget()
    if (newest := _known.get(schema, NOTHING)).stamp > known.stamp:
        return newest
    _known[schema] = known
    return known


def known_read(stamp: int) -> Known:
    """All fields and layouts of the tenant at hand: one statement each."""
    fields: dict[str, list[Custom]] = defaultdict(list)
    retired: dict[str, dict[str, str]] = defaultdict(dict)
    for one in CustomField.objects.order_by("position", "name"):
        if one.retired_at is None:
            fields[one.object_type].append(custom_of(one))
        else:
            retired[one.object_type][one.name] = one.label
    layouts = {(one.object_type, one.role): one for one in Layout.objects.all()}
    return Known(stamp, dict(fields), dict(retired), layouts)


def pending_of(here: Any) -> Known | None:
    """What the open transaction has changed here; changes that were rolled back or committed are let go."""
    waiting = {id(entry[1]) for entry in here.run_on_commit}
    left = [one for one in vars(here)[PENDING] if id(one.marker) in waiting]
    if left:
        vars(here)[PENDING] = left
    else:
        del vars(here)[PENDING]
    return next((one.known for one in reversed(left) if one.schema == here.schema_name), None)


def stamp_raise() -> int:
    """Raise the tenant's stamp: other changes of its fields wait here until this transaction ends."""
    mine = Tenant.objects.filter(pk=current().pk)
    mine.update(custom_stamp=F("custom_stamp") + 1)
    return mine.values_list("custom_stamp", flat=True).get()


def changed_here(stamp: int) -> None:
    """Let this transaction see its change of the fields at once, and everybody after its COMMIT."""
    here: Any = connections[DEFAULT_DB_ALIAS]
    tenant, known = current(), known_read(stamp)

    def committed() -> None:
        tenant.custom_stamp = max(tenant.custom_stamp, stamp)
        keep(tenant.schema_name, known)
        hosts.forget()

    vars(here).setdefault(PENDING, []).append(Pending(tenant.schema_name, known, committed))
    transaction.on_commit(committed)


def ask_again() -> bool:
    """Look whether the fields have changed since this process last saw the tenant's row; true if they have.

    For the moment when somebody names a field that is not known here: another process may have made it just now.
    """
    tenant = getattr(connections[DEFAULT_DB_ALIAS], "tenant", None)
    if not isinstance(tenant, Tenant):
        return False
    stamp = Tenant.objects.filter(pk=tenant.pk).values_list("custom_stamp", flat=True).first() or 0
    is_newer = stamp > max(tenant.custom_stamp, known_here().stamp)
    if is_newer:
        tenant.custom_stamp = stamp
    return is_newer
