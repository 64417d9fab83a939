"""Home shows what is due: one's own open tasks, the longest overdue first, done in place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from crm.activities.models import Task
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.team.models import User

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
