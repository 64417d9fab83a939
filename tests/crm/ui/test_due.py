"""Home shows what to do first: what is due, ageing or to decide, and whom to call, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from crm.activities.models import Task
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.sales.models import Approval, Deal, Lead, Stage
from crm.team.models import Invitation, Role, User

HTMX = {"HX-Request": "true"}


def test_what_is_due_stands_on_home_with_its_reason_and_is_done_there(tenant: Any, client_for: Any) -> None:
    me, other = (User.objects.get(email=f"{role}@kith.test").pk for role in ("owner", "member"))
    now = timezone.now()
    for title, due, owner in (("Late", -3, me), ("Today", 0, me), ("Later", 9, me), ("Hers", -1, other)):
        record_save(Task, {"title": title, "due_at": now + timedelta(days=due), "owner": owner}, actor=SYSTEM)
    client = client_for("owner")
    assert 'hx-get="/due/"' in client.get("/").content.decode()
    page = client.get("/due/", headers=HTMX).content.decode()
    assert [name in page for name in ("Late", "Today", "Later", "Hers")] == [True, True, False, False]
    assert page.index("Late") < page.index("Today")
    assert "Overdue by 3 days" in page
    task = Task.objects.get(title="Late")
    assert client.post(f"/tasks/{task.pk}/complete/", {"next": "/"})["Location"] == "/"
    assert "Late" not in client.get("/due/", headers=HTMX).content.decode()
    assert "Complete" not in client_for("read-only").get("/due/", headers=HTMX).content.decode()


def test_follow_ups_ageing_deals_and_approvals_stand_in_one_order(tenant: Any, client_for: Any) -> None:
    me, other = (User.objects.get(email=f"{role}@kith.test").pk for role in ("owner", "member"))
    now = timezone.now()
    day = timezone.localdate()
    for name, days, status in (("Old lead", 4, "new"), ("Lost lead", 4, "unqualified"), ("Next lead", -4, "new")):
        pk = record_save(Lead, {"name": name, "owner": me, "status": status}, actor=SYSTEM)
        Lead.objects.filter(pk=pk).update(next_follow_up_on=day - timedelta(days=days))
    stage = Stage.objects.filter(outcome="open", days_limit__gt=0).order_by("pipeline", "position").first()
    assert stage is not None
    deal = {"pipeline": stage.pipeline_id, "stage": stage.pk, "amount": "500"}
    stuck = record_save(Deal, {**deal, "name": "Stuck", "owner": me}, actor=SYSTEM)
    hers = record_save(Deal, {**deal, "name": "Hers, too", "owner": other}, actor=SYSTEM)
    asked = record_save(Deal, {**deal, "name": "Fresh", "owner": me}, actor=SYSTEM)
    limit = int(stage.days_limit or 0)
    Deal.objects.filter(pk__in=[stuck, hers]).update(stage_at=now - timedelta(days=limit + 6))
    reason = {"object_type": "sales.deal", "object_id": asked}
    record_save(Approval, {**reason, "reason": "Twenty off"}, actor=SYSTEM)
    mine = record_save(Approval, {**reason, "reason": "My own wish"}, actor=SYSTEM)
    Approval.objects.filter(pk=mine).update(asked_by=me)
    page = client_for("owner").get("/due/", headers=HTMX).content.decode()
    names = ("Lost lead", "Next lead", "Hers, too", "Fresh</a> <span", "My own wish")
    assert [name for name in names if name in page] == []
    assert page.index("Twenty off") < page.index("Old lead") < page.index("Stuck</a>")
    assert "Waits for a decision since today" in page
    assert "Follow-up overdue by 4 days" in page
    assert f"for {limit + 6} days" in page
    assert "/approve/" in page
    assert "/approve/" not in client_for("read-only").get("/due/", headers=HTMX).content.decode()


def test_a_field_that_is_hidden_tells_nothing_in_the_queue(tenant: Any, client_for: Any) -> None:
    me = User.objects.get(email="member@kith.test").pk
    day = timezone.localdate() - timedelta(days=1)
    pk = record_save(Lead, {"name": "Old lead", "owner": me}, actor=SYSTEM)
    Lead.objects.filter(pk=pk).update(next_follow_up_on=day)
    assert "Old lead" in client_for("member").get("/due/", headers=HTMX).content.decode()
    Role.objects.filter(code="member").update(hidden_fields=["sales.lead.next_follow_up_on"])
    assert "Old lead" not in client_for("member").get("/due/", headers=HTMX).content.decode()


def test_home_offers_no_first_step_that_is_refused(tenant: Any, client_for: Any) -> None:
    Invitation.objects.all().delete()  # something is left to be done
    told = {role: client_for(role).get("/").content.decode() for role in ("owner", "read-only")}
    for title in ("Import your customers", "Invite your team", "Connect other systems"):
        assert [title in told[role] for role in ("owner", "read-only")] == [True, False], title
