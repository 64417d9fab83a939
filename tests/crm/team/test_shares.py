"""One record is shared with a colleague or a team: that far and no further, until it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from crm.automation.models import Notification
from crm.automation.notices import notices_hear
from crm.core.actors import SYSTEM
from crm.core.days import today
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import record_save
from crm.team.models import Role, Share, Team, User
from crm.team.people import user_team_change
from tenants.context import inside
from tests.crm.api.asking import hashes, sent
from tests.crm.ui.asking import made

NOUN = registry["customers.customer"]
REACH = {NOUN.label: {"see": "own"}, "sales.deal": {"see": "own"}}
Clients = Callable[..., Any]


@pytest.fixture
def lent(tenant: Any) -> UUID:
    """A customer of the manager's; the member and the manager see their own ones only."""
    Role.objects.filter(code__in=("member", "manager")).update(reach=REACH)
    return record_save(NOUN.model, {"name": "Blue Kettle", "owner": str(person("manager").pk)}, actor=SYSTEM)


def person(role: str) -> User:
    """Who has that role."""
    return User.objects.get(email=f"{role}@kith.test")


def share(client: Any, pk: UUID, **said: Any) -> Any:
    """A share by API; with the member unless told."""
    body = {"object": "customers", "id": str(pk), **said}
    return sent(client.post, "/api/v1/shares", body if {"person", "team"} & said.keys() else body | {"person": mine()})


def mine() -> str:
    """The member's id."""
    return str(person("member").pk)


def statuses(client: Any, pk: UUID) -> tuple[int, int]:
    """What the member is answered who reads the record, and who changes it."""
    path = f"/api/v1/customers/{pk}"
    return client.get(path).status_code, sent(client.patch, path, {"city": "Bergen"}).status_code


def test_a_share_opens_one_record_everywhere_and_taking_it_back_closes_it(lent: UUID, client_for: Clients) -> None:
    member, manager, other = client_for("member"), client_for("manager"), made(NOUN)
    made_deal = record_save(registry["sales.deal"].model, {"name": "Chairs", "customer": str(lent)}, actor=SYSTEM)
    assert statuses(member, lent) == (404, 404)
    made_share = share(manager, lent).json()
    assert statuses(member, lent) == (200, 403)
    assert statuses(member, other) == (404, 404)
    pages = ("/customers/?search=Kettle", "/palette/?q=Kettle", "/api/v1/customers/?search=Kettle", "/customers/")
    assert all("Blue Kettle" in member.get(path).content.decode() for path in pages)
    assert member.get(f"/deals/{made_deal}/").status_code == 404
    assert 'data-edit' not in member.get(f"/customers/{lent}/").content.decode()
    assert share(manager, lent, may_change=True).json()["id"] == made_share["id"]
    assert statuses(member, lent) == (200, 200)
    assert manager.delete(f"/api/v1/shares/{made_share['id']}").status_code == 204
    assert statuses(member, lent) == (404, 404)
    assert not any("Blue Kettle" in member.get(path).content.decode() for path in pages)


def test_it_ends_with_its_last_day(lent: UUID, client_for: Clients) -> None:
    member, manager = client_for("member"), client_for("manager")
    assert share(manager, lent, until=str(today() - timedelta(days=1))).status_code == 422
    assert share(manager, lent, until=str(today())).status_code == 201
    assert statuses(member, lent)[0] == 200
    Share.objects.filter(object_id=lent).update(ends_on=today() - timedelta(days=1))
    assert statuses(member, lent)[0] == 404
    assert manager.get("/api/v1/shares", {"object": "customers", "id": str(lent)}).json() == {"results": []}


def test_a_team_is_its_people_those_below_and_its_manager(lent: UUID, client_for: Clients) -> None:
    above = Team.objects.get(pk=record_save(Team, {"name": "Sales"}, actor=SYSTEM))
    below = Team.objects.get(pk=record_save(Team, {"name": "Oslo", "parent": str(above.pk)}, actor=SYSTEM))
    beside = Team.objects.get(pk=record_save(Team, {"name": "Rome"}, actor=SYSTEM))
    member, user = client_for("member"), person("member")
    share(client_for("manager"), lent, team=str(above.pk))
    for team, status in ((above, 200), (below, 200), (beside, 404), (None, 404)):
        user_team_change(user, team, actor=SYSTEM)
        assert statuses(member, lent)[0] == status, team
        user.refresh_from_db()
    Team.objects.filter(pk=above.pk).update(manager=user)
    assert statuses(member, lent)[0] == 200
    Team.objects.filter(pk=above.pk).update(deleted_at="2026-01-01T00:00Z")
    assert statuses(member, lent)[0] == 404


def test_nobody_gives_more_than_they_have(lent: UUID, client_for: Clients) -> None:
    member, manager, onlooker = (client_for(role) for role in ("member", "manager", "read-only"))
    reader = str(person("read-only").pk)
    share(manager, lent, may_change=True)
    unseen, before = made(NOUN), hashes()
    assert share(member, lent, person=reader).status_code == 403  # it is only lent
    assert share(onlooker, lent).status_code == 403  # no permission to share
    assert share(manager, lent, person=reader, may_change=True).status_code == 422  # a role that changes nothing
    assert share(manager, unseen).status_code == 404
    given = Share.objects.get(object_id=lent)
    assert member.delete(f"/api/v1/shares/{given.pk}").status_code == 403
    for said in ({"person": reader, "team": reader}, {"team": reader}, {"person": "x"}, {"until": "soon"}):
        assert share(manager, lent, **said).status_code == 422, said
    assert hashes() == before
    Role.objects.filter(code="manager").update(reach={NOUN.label: {"see": "all", "change": "none"}})
    assert share(manager, lent, may_change=True).status_code == 403
    assert share(manager, lent).status_code == 201


def test_history_reasons_and_a_notice_tell_of_it(lent: UUID, client_for: Clients) -> None:
    member, manager = client_for("member"), client_for("manager")
    until = today() + timedelta(days=30)
    given = share(manager, lent, until=str(until)).json()
    event = Event.objects.filter(object_id=lent).latest("seq")
    assert (event.name, event.actor_id) == ("customers.customer.shared", person("manager").pk)
    assert event.after["shared_with"] | {"id": mine(), "until": str(until)} == event.after["shared_with"]
    told = member.get("/api/v1/access", {"object": "customers", "id": str(lent)}).json()
    reasons = {one["kind"]: one["text"] for one in told["see"] if one["holds"]}
    assert reasons["share"].startswith(f"{person('manager')} shared it with them until ")
    assert (told["may_see"], told["may_change"]) == (True, False)
    notices_hear([vars(event)])
    assert Notification.objects.get(user=person("member")).text == "Customer “Blue Kettle” was shared with you."
    manager.delete(f"/api/v1/shares/{given['id']}")
    page = manager.get(f"/customers/{lent}/tab/history/").content.decode()
    assert page.count("Shared with") == 2
    assert "No longer shared" in page


def test_it_is_shared_and_taken_back_on_the_page(lent: UUID, client_for: Clients) -> None:
    member, manager = client_for("member"), client_for("manager")
    path = f"/shares/customers.customer/{lent}/"
    assert path in manager.get(f"/customers/{lent}/").content.decode()
    assert manager.post(path, {"with": f"person:{mine()}", "until": "2001-01-01"}).status_code == 422
    answer = manager.post(path, {"with": f"person:{mine()}", "may_change": "1"})
    assert "reads and changes it" in answer.content.decode()
    assert statuses(member, lent) == (200, 200)
    given = Share.objects.get(object_id=lent)
    assert "Take back" in manager.get(path).content.decode()
    assert manager.post(f"{path}back/", {"share": str(given.pk)}).status_code == 200
    assert statuses(member, lent) == (404, 404)
    assert client_for("read-only").get(path).status_code == 403


def test_a_share_is_of_one_company(tenant: Any, clone: Any, client_for: Clients) -> None:
    pk = NOUN.model._default_manager.filter(deleted_at=None).first().pk
    for home in (clone, tenant):
        with inside(home):
            Role.objects.filter(code="member").update(reach=REACH)
            assert statuses(client_for("member", home), pk)[0] == 404
    share(client_for("owner"), pk)
    assert statuses(client_for("member"), pk)[0] == 200
    assert statuses(client_for("member", clone), pk)[0] == 404
