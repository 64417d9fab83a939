"""What a change of a field leaves to a worker."""

from __future__ import annotations

from crm.core.models import CustomField
from tenants.tasks import enqueue

INDEX, SEARCH = "crm.core.tasks.custom_index", "crm.core.tasks.custom_search"


def index_later(one: CustomField) -> None:
    """Bring the index in line with what is wanted."""
    enqueue(INDEX, label=one.object_type, key=one.key)


def search_later(one: CustomField) -> None:
    """Write the search column of the records that keep a value anew."""
    enqueue(SEARCH, label=one.object_type, key=one.key, after="")
