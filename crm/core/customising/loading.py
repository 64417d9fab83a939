"""Custom fields and layouts that came in with a whole archive: known from now on, indexes made anew."""

from __future__ import annotations

from crm.core.custom.known import changed_here, stamp_raise
from crm.core.customising.later import index_later
from crm.core.models import CustomField


def custom_fields_loaded() -> None:
    """To be called in the transaction that has written the rows."""
    stamp = stamp_raise()
    for one in CustomField.objects.filter(is_indexed=True, retired_at=None):
        index_later(one)
    CustomField.objects.update(indexed_at=None)
    changed_here(stamp)
