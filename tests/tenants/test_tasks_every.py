"""Every task there is: inside a tenant or of the service, and in a queue that some worker reads."""
from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.utils.module_loading import autodiscover_modules, import_string

from config.celery import QUEUES, timetable
from tenants.tasks import QUEUE_OF, ServiceTask, TenantTask

autodiscover_modules("tasks")  # Celery itself only logs a module that does not import
for module in ("tenants.night", "tenants.pump", "tenants.upkeep"):
    importlib.import_module(module)
app = import_string("config.celery.app")
OURS = {name: task for name, task in sorted(app.tasks.items()) if not name.startswith("celery.")}


@pytest.mark.parametrize("name", OURS)
def test_it_stands_in_a_tenant_or_in_the_catalogue(name: str) -> None:
    assert isinstance(OURS[name], TenantTask | ServiceTask)


@pytest.mark.parametrize("name", [name for name, task in OURS.items() if isinstance(task, TenantTask)])
def test_a_tenants_task_has_a_queue_that_is_read_and_limits_below_the_visibility_timeout(name: str) -> None:
    task: Any = OURS[name]
    assert QUEUE_OF[name] in QUEUES
    assert task.soft_time_limit < task.time_limit < app.conf.broker_transport_options["visibility_timeout"]


@pytest.mark.parametrize("entry", timetable())
def test_the_timetable_names_a_task_of_the_service_and_a_queue_that_is_read(entry: str) -> None:
    row = timetable()[entry]
    assert isinstance(OURS[row["task"]], ServiceTask)
    assert row["options"]["queue"] in QUEUES


def test_the_workers_are_set_up_as_the_design_says() -> None:
    conf = app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.worker_max_memory_per_child
    assert conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]
    assert conf.broker_transport_options["socket_timeout"] == 30
    assert conf.accept_content == ["json"]
