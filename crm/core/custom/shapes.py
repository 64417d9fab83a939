"""A noun as one tenant has it: its built-in fields and the tenant's own, compiled once per change of either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm.core.custom.columns import Custom
from crm.core.specs import FieldSpec


@dataclass(frozen=True, eq=False)
class Shape:
    """What every surface reads of a noun's fields."""

    specs: Mapping[str, FieldSpec]
    required: frozenset[str]
    links: Mapping[str, str]
    sensitive: frozenset[str]
    sortable: tuple[str, ...]
    custom: Mapping[str, Custom] = field(default_factory=dict)
    retired: Mapping[str, str] = field(default_factory=dict)  # names that are no longer in use, with their labels


def shape_plain(specs: Mapping[str, FieldSpec], sortable: Sequence[str]) -> Shape:
    """The shape of a noun to which nothing was added."""
    return Shape(
        specs=specs,
        required=frozenset(name for name, spec in specs.items() if spec.required),
        links={name: spec.target for name, spec in specs.items() if spec.target},
        sensitive=frozenset(name for name, spec in specs.items() if spec.sensitive),
        sortable=tuple(sortable),
    )


def shape_with(plain: Shape, custom: Sequence[Custom], retired: Mapping[str, str]) -> Shape:
    """The same with a tenant's own fields; they stand behind those that people write, before what is computed."""
    own = {one.name: one.spec for one in custom}
    written = {name: spec for name, spec in plain.specs.items() if spec.writable}
    specs = {**written, **own, **plain.specs}
    bare = shape_plain(specs, [*plain.sortable, *(name for name, spec in own.items() if spec.sortable)])
    return Shape(
        bare.specs,
        bare.required,
        bare.links,
        bare.sensitive,
        bare.sortable,
        custom={one.name: one for one in custom},
        retired=retired,
    )
