"""What happens to new records once they stand in the table: rules of a higher module, named in the settings."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils.module_loading import import_string

from crm.core.actors import Actor


def arrived(label: str, ids: Sequence[str], actor: Actor) -> None:
    """Hand new records of a noun, a whole batch at once, to whoever decides whose they are."""
    if ids and label in settings.ASSIGNED:
        import_string(settings.ASSIGN)(label, ids, actor)


def is_assigned(label: str) -> bool:
    """Whether rules, not whoever fills in the form, decide whose a new record is."""
    return label in settings.ASSIGNED and bool(import_string(settings.ASSIGN_ASKED)(label))
