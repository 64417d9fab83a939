"""Work on custom fields in the background."""

from uuid import UUID

from crm.core.customising.indexes import index_settle
from crm.core.customising.values import search_refill
from tenants.tasks import enqueue, tenant_task


@tenant_task(name="crm.core.tasks.custom_index", queue="bulk")
def custom_index(label: str, key: str) -> None:
    """Make or drop the index of a field."""
    index_settle(label, key)


@tenant_task(name="crm.core.tasks.custom_search", queue="bulk")
def custom_search(label: str, key: str, after: str) -> None:
    """Write the search column anew, some records at a time."""
    last = search_refill(label, key, UUID(after) if after else None)
    if last is not None:
        enqueue("crm.core.tasks.custom_search", label=label, key=key, after=str(last))
