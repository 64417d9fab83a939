"""What keeps the service's own house: schemas that stand ready, and tables that do not grow for ever."""
from datetime import timedelta

from django.db.models.functions import Now

from tenants.models import NightRun, Outbox
from tenants.ready import pool_fill
from tenants.tasks import service_task

OUTBOX_KEPT, NIGHTS_KEPT = timedelta(days=7), timedelta(days=90)


@service_task(name="tenants.upkeep.pool")
def pool() -> None:
    """Sign-up only claims: make as many schemas ready as are wanted."""
    pool_fill()


@service_task(name="tenants.upkeep.tidy")
def tidy() -> int:
    """Forget messages that were done long ago, and the nights of last quarter."""
    messages, _ = Outbox.objects.filter(finished_at__lt=Now() - OUTBOX_KEPT).delete()
    nights, _ = NightRun.objects.filter(created_at__lt=Now() - NIGHTS_KEPT).delete()
    return messages + nights
