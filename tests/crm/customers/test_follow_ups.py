"""Follow-ups: counted from what is written about a record, for every noun that keeps them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from crm.activities.follow_ups import follow_ups_fill, follow_ups_hear
from crm.activities.models import Call, Meeting, Note, Task
from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import record_save, records_delete
from crm.core.verbs import verb_run
from crm.customers.models import Customer
from crm.sales.models import Deal, Lead
from tests.examples import EXAMPLES

TASKS = registry["activities.task"]


def heard(*ids: Any) -> None:
    """What the pump does with these records' facts."""
    events = Event.objects.filter(object_id__in=ids).order_by("seq")
    follow_ups_hear(list(events.values("name", "object_type", "object_id", "before", "after")))


def written(model: Any, about: Any, **values: Any) -> Any:
    """An activity about a record, as the pump has heard of it."""
    label = about._meta.label_lower
    pk = record_save(model, {"object_type": label, "object_id": about.pk, **values}, actor=SYSTEM)
    heard(pk)
    return pk


def made(model: Any) -> Any:
    """A record like the example's."""
    return model.objects.get(pk=record_save(model, EXAMPLES[model._meta.label_lower](), actor=SYSTEM))


def test_a_note_is_a_follow_up_of_a_customer_a_lead_and_a_deal(tenant: Any) -> None:
    for one in (made(Customer), made(Lead), made(Deal)):
        version = one.version
        note = written(Note, one, body="Called, will order.")
        one.refresh_from_db()
        assert one.last_follow_up_at == Note.objects.get(pk=note).created_at
        assert (one.next_follow_up_on, one.version) == (None, version)  # who has the form open is not disturbed


def test_open_tasks_say_when_the_next_one_is_and_done_ones_when_the_last_was(tenant: Any) -> None:
    one, today = made(Customer), timezone.localdate()
    later, sooner = (written(Task, one, title="Call", due_at=timezone.now() + timedelta(days=days)) for days in (9, 2))
    one.refresh_from_db()
    assert one.next_follow_up_on in (today + timedelta(days=2), today + timedelta(days=3))
    assert one.last_follow_up_at is None
    verb_run(TASKS, "complete", sooner, actor=SYSTEM, inputs={})
    heard(sooner)
    one.refresh_from_db()
    assert one.last_follow_up_at == Task.objects.get(pk=sooner).done_at
    assert one.next_follow_up_on >= today + timedelta(days=9)
    records_delete(Task, [later], actor=SYSTEM)
    heard(later)
    one.refresh_from_db()
    assert one.next_follow_up_on is None


def test_a_note_that_moves_counts_where_it_is_and_no_longer_where_it_was(tenant: Any) -> None:
    first, second = made(Customer), made(Customer)
    note = written(Note, first, body="Whose was it?")
    record_save(Note, {"object_id": second.pk}, actor=SYSTEM, id=note)
    heard(note)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.last_follow_up_at is None
    assert second.last_follow_up_at is not None


def test_whom_nobody_has_followed_up_lately_is_a_filter(tenant: Any, client_for: Any) -> None:
    quiet, fresh = made(Lead), made(Lead)
    Lead.objects.filter(pk=quiet.pk).update(last_follow_up_at=timezone.now() - timedelta(days=40))
    Lead.objects.filter(pk=fresh.pk).update(last_follow_up_at=timezone.now() - timedelta(days=4))
    client = client_for("owner")
    lately = client.get("/leads/", {"last_follow_up_at__gte": "-30d"}).content.decode()
    assert str(fresh.pk) in lately
    assert str(quiet.pk) not in lately
    not_lately = client.get("/leads/", {"last_follow_up_at__lt": "-30d"}).content.decode()
    assert str(quiet.pk) in not_lately
    assert str(fresh.pk) not in not_lately


def test_a_meeting_that_was_cancelled_was_none_and_one_ahead_is_planned(tenant: Any) -> None:
    one, now = made(Customer), timezone.now()
    ahead, past = now + timedelta(days=4), now - timedelta(days=4)
    written(Meeting, one, title="Demo", starts_at=ahead, ends_at=ahead)
    held = written(Meeting, one, title="First visit", starts_at=past, ends_at=past)
    one.refresh_from_db()
    assert one.last_follow_up_at == past
    assert one.next_follow_up_on is not None
    Meeting.objects.filter(pk=held).update(status="cancelled")
    heard(held)
    one.refresh_from_db()
    assert one.last_follow_up_at is None


def test_the_night_counts_what_was_there_before_and_what_has_passed(tenant: Any) -> None:
    one = Customer.objects.get(pk=made(Customer).pk)
    at = timezone.now() - timedelta(days=3)
    about = {"object_type": "customers.customer", "object_id": one.pk}
    record_save(Call, {"title": "Rang", "called_at": at, "outcome": "reached", **about}, actor=SYSTEM)
    Customer.objects.filter(pk=one.pk).update(last_follow_up_at=None, next_follow_up_on=timezone.localdate())
    assert follow_ups_fill() >= 1
    one.refresh_from_db()
    assert (one.last_follow_up_at, one.next_follow_up_on) == (at, None)
    assert follow_ups_fill() == 0
