"""Background work: a task stands in the tenant that its message names, or it does not run.

`enqueue` writes a row to the outbox in the caller's transaction; the row, not the message, is the work. A message may
come late, five times or never: whoever claims the row does it, and the pump sends again what nobody has claimed.
"""
from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NoReturn, ParamSpec, TypeVar, cast

from celery import Celery, Task, shared_task
from celery.exceptions import Reject
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Case, F, When
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.module_loading import autodiscover_modules, import_string
from kombu.exceptions import OperationalError as BrokerError
from kombu.pools import ProducerPool, producers
from redis.exceptions import RedisError

from tenants.context import current, in_schema, inside
from tenants.leases import Attempt, claim, renewed
from tenants.models import Outbox, Tenant
from tenants.standing import schema_here

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
HEADER = "kith"
DIRECT, BROKER_PAUSE = timedelta(seconds=5), 5.0
QUEUE_OF: dict[str, str] = {}


class WrongSchema(RuntimeError):
    """A task ended in another schema than the one it began in."""


class TenantTask(Task[Any, Any]):
    """A task inside one tenant. Called as a function it runs where the caller stands, which must be a tenant."""

    abstract = True
    atomic = False

    def __call__(self, *args: Any, **ids: Any) -> Any:
        if self.request.called_directly:
            current()
            return self.run(*args, **ids)
        return deliver(self, self.request.get(HEADER), ids)


class ServiceTask(Task[Any, Any]):
    """A task of the service itself: it stands in the catalogue, where no tenant's table can be reached."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with in_schema():
            return self.run(*args, **kwargs)


def tenant_task(
    *, name: str, queue: str = "interactive", atomic: bool = False, minutes: int = 25,
) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a function a task of a tenant. `atomic`: one transaction with the note that it is done, so exactly once."""
    def register(function: Callable[P, R]) -> Task[P, R]:
        QUEUE_OF[name] = queue
        soft, hard = minutes * 60, minutes * 60 + 60
        made = shared_task(name=name, base=TenantTask, atomic=atomic, soft_time_limit=soft, time_limit=hard)
        return cast("Task[P, R]", made(function))
    return register


def service_task(*, name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a function a task of the service; who sends it names the queue."""
    def register(function: Callable[P, R]) -> Task[P, R]:
        return cast("Task[P, R]", shared_task(name=name, base=ServiceTask)(function))
    return register


def enqueue(name: str, *, queue: str | None = None, at: datetime | None = None, **ids: Any) -> int:
    """Ask for a task in the tenant of this moment: written with the caller's transaction, sent when it commits.

    The task gets `ids` as JSON has them: a UUID or a date arrives as text. One asked for `at` a later moment is sent by
    the pump once that has come.
    """
    row = Outbox.objects.create(
        schema_name=current().schema_name, task=name, queue=queue or queue_of(name),
        ids=json.loads(json.dumps(ids, cls=DjangoJSONEncoder)), send_after=at or Now() + DIRECT,
    )
    if at is None:
        transaction.on_commit(partial(post, [row]), robust=True)
    return row.pk


def queue_of(name: str) -> str:
    """The queue that the task was declared with; an unknown task is refused where it is asked for."""
    if name not in QUEUE_OF:
        autodiscover_modules("tasks")
    return QUEUE_OF[name]


# The postman

class Pause:
    """After an error of the broker nobody waits for it again for a while: the pump catches up."""

    until = 0.0


@lru_cache(maxsize=1)
def postman() -> tuple[Celery, ProducerPool]:
    """The app and its producers, with short time-outs: a request must not wait for a broker that hangs."""
    app: Celery = import_string(settings.CELERY_APP)
    patience = {"socket_timeout": 2, "socket_connect_timeout": 2}
    return app, producers[app.connection_for_write(transport_options=patience)]


def send(messages: Sequence[tuple[str, str, dict[str, Any], dict[str, Any]]]) -> int:
    """Hand (task, queue, kwargs, options) to the broker; how many it took before it failed."""
    sent = 0
    if time.monotonic() < Pause.until:
        return sent
    app, pool = postman()
    try:
        with pool.acquire(block=True, timeout=2) as producer:
            for task, queue, kwargs, options in messages:
                app.send_task(task, kwargs=kwargs, queue=queue, producer=producer, retry=False, **options)
                sent += 1
    except (BrokerError, RedisError, OSError) as error:
        Pause.until = time.monotonic() + BROKER_PAUSE
        log.warning("The broker does not answer; the pump will send %s messages later: %s", len(messages) - sent, error)
    return sent


def post(rows: Sequence[Outbox]) -> int:
    """Send the messages of these rows and note it; what nobody claims afterwards is sent again, ever more rarely."""
    sent = send([(row.task, row.queue, row.ids, {
        "task_id": f"outbox-{row.pk}", "headers": {HEADER: header_of(row)},
    }) for row in rows])
    again = Case(When(sends=0, then=Now() + timedelta(minutes=1)), When(sends=1, then=Now() + timedelta(minutes=5)),
                 default=Now() + timedelta(minutes=30))
    posted = Outbox.objects.filter(pk__in=[row.pk for row in rows[:sent]])
    posted.update(send_after=again, sends=F("sends") + 1)
    return sent


def header_of(row: Outbox) -> dict[str, Any]:
    """What the message says beside the task's name and arguments."""
    return {"id": row.pk, "schema": row.schema_name, "signature": seal(row)}


def seal(row: Outbox) -> str:
    """What an altered message lacks: tenant, task and arguments belong together."""
    text = json.dumps([row.pk, row.schema_name, row.task, row.ids], sort_keys=True)
    return salted_hmac("tenants.tasks.seal", text, algorithm="sha256").hexdigest()


# The worker's side

def deliver(task: TenantTask, header: Any, ids: dict[str, Any]) -> Any:
    """Do what a message asks, once, in the tenant it names; anything doubtful is rejected and never runs."""
    row = opened(task.name, header, ids)
    with in_schema():
        tenant = Tenant.objects.filter(schema_name=row.schema_name).first()
        if tenant is None or tenant.state != Tenant.State.ACTIVE:
            refuse(row, "there is no such tenant" if tenant is None else f"the tenant is {tenant.state}")
        return perform(task, row, tenant)


def opened(name: str, header: Any, ids: dict[str, Any]) -> Outbox:
    """The row as the message tells it, if the message is ours."""
    if not isinstance(header, dict) or not {"id", "schema", "signature"} <= header.keys():
        raise Reject(f"{name}: the message names no tenant", requeue=False)
    row = Outbox(pk=header["id"], schema_name=header["schema"], task=name, ids=ids)
    if not constant_time_compare(str(header["signature"]), seal(row)):
        log.error("A message for %s in %s was altered; it is refused.", name, row.schema_name)
        raise Reject(f"{name}: the message was altered", requeue=False)
    return row


def refuse(row: Outbox, reason: str) -> NoReturn:
    """Record and reject."""
    waiting = Outbox.objects.filter(pk=row.pk, schema_name=row.schema_name, state=Outbox.State.WAITING)
    waiting.update(state=Outbox.State.FAILED, error=f"Refused: {reason}.", finished_at=Now())
    log.error("%s is refused: %s.", row, reason)
    raise Reject(f"{row}: {reason}", requeue=False)


def perform(task: TenantTask, row: Outbox, tenant: Tenant) -> Any:
    """Claim the row and run the task; a message that comes again finds nothing to claim."""
    token = claim(Outbox.objects.filter(pk=row.pk, schema_name=row.schema_name, task=row.task))
    if not token:
        log.info("%s is being done or is done: this message came again.", row)
        return None
    with renewed(Outbox, token), Attempt(row, token) as attempt, inside(tenant):
        if not task.atomic:
            result = run_standing(task, row)
            attempt.finish()
            return result
        with transaction.atomic():
            result = run_standing(task, row)
            attempt.finish()
            return result


def run_standing(task: TenantTask, row: Outbox) -> Any:
    """Run, and make sure that the connection stands in the tenant before and after."""
    check_schema(row)
    result = task.run(**row.ids)
    check_schema(row)
    return result


def check_schema(row: Outbox) -> None:
    """The connection stands where the message says."""
    if schema_here() != row.schema_name:
        raise WrongSchema(f"{row} stands in {schema_here()}.")


def work_off(name: str = "") -> int:
    """Do here and now what waits in the outbox for this moment's tenant: for commands and tests without a worker."""
    tenant, (app, _pool) = current(), postman()
    app.loader.import_default_modules()
    rows = Outbox.objects.filter(schema_name=tenant.schema_name, state=Outbox.State.WAITING).order_by("pk")
    done = 0
    for row in rows.filter(task=name) if name else rows:
        with in_schema():
            perform(cast(TenantTask, app.tasks[row.task]), row, tenant)
        done += 1
    return done
