"""Imports and exports in the background."""

from uuid import UUID

from crm.core.filling import search_merge
from crm.core.registry import registry
from crm.exchange.bulk.services import bulk_purge, bulk_run
from crm.exchange.exporting.services import export_run_for, exports_expire
from crm.exchange.restoring import archive_run
from crm.exchange.services import import_run_for, imports_purge, undo_run
from tenants.context import each_tenant
from tenants.tasks import enqueue, service_task, tenant_task

SECONDS = 600


@tenant_task(name="crm.exchange.tasks.import_run", queue="bulk")
def import_run_task(job_id: str) -> None:
    """Run or resume an import; a long one makes way for others every ten minutes."""
    if not import_run_for(UUID(job_id), seconds=SECONDS):
        enqueue("crm.exchange.tasks.import_run", job_id=job_id)


@tenant_task(name="crm.exchange.tasks.archive_run", queue="bulk")
def archive_run_task(job_id: str) -> None:
    """Read an archive of everything into an empty company."""
    archive_run(UUID(job_id))


@tenant_task(name="crm.exchange.tasks.import_undo", queue="bulk")
def import_undo_task(job_id: str, actor_kind: str, actor_id: str) -> None:
    """Take back what an import wrote, or go on with it."""
    undo_run(UUID(job_id), actor_kind=actor_kind, actor_id=UUID(actor_id) if actor_id else None)


@tenant_task(name="crm.exchange.tasks.search_merge", queue="bulk")
def search_merge_task(label: str) -> None:
    """Put the search terms of imported records into their index."""
    search_merge(registry[label].model)


@service_task(name="crm.exchange.tasks.purge")
def purge() -> int:
    """Once a day, in every tenant: files of imports, and rows of bulk changes, that are too old to be undone."""
    return sum(imports_purge() + bulk_purge() for _tenant in each_tenant())


@tenant_task(name="crm.exchange.tasks.export_run", queue="bulk")
def export_run_task(job_id: str) -> None:
    """Run or resume an export; a long one makes way for others every ten minutes."""
    if not export_run_for(UUID(job_id), seconds=SECONDS):
        enqueue("crm.exchange.tasks.export_run", job_id=job_id)


@service_task(name="crm.exchange.tasks.exports_purge")
def exports_purge_task() -> int:
    """Throw away exported files that are older than seven days, in every tenant."""
    return sum(exports_expire() for _tenant in each_tenant())


@tenant_task(name="crm.exchange.tasks.bulk_run", queue="bulk")
def bulk_run_task(job_id: str) -> None:
    """Run, resume or take back a change of many records; a long one makes way for others every ten minutes."""
    if not bulk_run(UUID(job_id), seconds=SECONDS):
        enqueue("crm.exchange.tasks.bulk_run", job_id=job_id)
