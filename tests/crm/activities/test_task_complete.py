"""A task is done once, by whoever may do it."""

from __future__ import annotations

from typing import Any

import pytest

from crm.activities.models import Task
from crm.activities.services import task_complete, task_reopen
from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from tests.examples import EXAMPLES

MEMBER = Actor("user", permissions=frozenset({"*.view_*", "*.complete_*"}))


@pytest.fixture
def task(tenant: Any) -> Task:
    """A task still to be done."""
    return Task.objects.get(pk=record_save(Task, EXAMPLES["activities.task"](), actor=SYSTEM))


def facts(task: Task) -> list[str]:
    return list(Event.objects.filter(object_id=task.pk).order_by("seq").values_list("name", flat=True))


def test_it_is_done_and_told_under_the_name_of_the_action(task: Task) -> None:
    task_complete(task, actor=MEMBER)
    task.refresh_from_db()
    assert task.status == "done"
    assert task.done_at
    assert task.version == 2
    assert facts(task) == ["activities.task.created", "activities.task.complete"]
    event = Event.objects.get(name="activities.task.complete", object_id=task.pk)
    assert event.before["status"] == "open"
    assert event.after["status"] == "done"


def test_it_refuses_a_task_that_is_done_and_changes_nothing(task: Task) -> None:
    task_complete(task, actor=MEMBER)
    with pytest.raises(CrmError) as refused:
        task_complete(task, actor=MEMBER)
    task.refresh_from_db()
    assert refused.value.status == 409
    assert task.version == 2
    assert len(facts(task)) == 2


def test_it_refuses_who_may_not_and_changes_nothing(task: Task) -> None:
    with pytest.raises(CrmError) as refused:
        task_reopen(task, actor=MEMBER)
    with pytest.raises(CrmError):
        task_complete(task, actor=Actor("user", permissions=frozenset({"*.view_*"})))
    task.refresh_from_db()
    assert refused.value.status == 403
    assert task.status == "open"
    assert task.version == 1
    assert len(facts(task)) == 1


def test_a_stale_version_and_an_unknown_input_are_refused(task: Task) -> None:
    resource = registry["activities.task"]
    with pytest.raises(CrmError):
        verb_run(resource, "complete", task.pk, actor=MEMBER, inputs={}, version=9)
    with pytest.raises(CrmError):
        verb_run(resource, "complete", task.pk, actor=MEMBER, inputs={"colour": "red"})
    task.refresh_from_db()
    assert task.status == "open"


def test_a_dry_run_changes_nothing_and_it_can_be_put_back(task: Task) -> None:
    task_complete(task, actor=MEMBER, dry_run=True)
    task.refresh_from_db()
    assert task.status == "open"
    task_complete(task, actor=MEMBER)
    task_reopen(task, actor=SYSTEM)
    task.refresh_from_db()
    assert task.status == "open"
    assert task.done_at is None
