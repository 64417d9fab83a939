"""A verb as templates show it: a template would call the verb itself, for it is a function."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from crm.core.verbs import Verb


@dataclass(frozen=True)
class Action:
    """A button, and perhaps a dialog that asks for something first."""

    name: str
    label: str | Promise
    description: str | Promise
    icon: str
    danger: bool
    inputs: bool
    is_aside: bool = False

    @classmethod
    def of(cls, verb: Verb) -> Action:
        """What is shown of a verb."""
        return cls(verb.name, verb.label, verb.description, verb.icon, verb.danger, bool(verb.inputs), verb.is_aside)
