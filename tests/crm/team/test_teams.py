"""Teams: who stands below whom, and who may say so."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.services import record_save
from crm.team.models import Role, Team, User
from crm.team.people import user_team_change
from crm.team.services import actor_of_user
from crm.team.trees import tree_read
from tests.crm.api.asking import hashes


def a_team(name: str, **more: Any) -> UUID:
    """A team's id."""
    return record_save(Team, {"name": name, **more}, actor=SYSTEM)


def person(role: str) -> User:
    """The person who holds a role."""
    return User.objects.select_related("role").get(email=f"{role}@kith.test")


def test_a_team_cannot_stand_below_itself_however_long_the_way(tenant: Any) -> None:
    top = a_team("Sales")
    middle = a_team("North", parent=str(top))
    low = a_team("Oslo", parent=str(middle))
    for below in (top, middle, low):
        with pytest.raises(CrmError) as refused:
            record_save(Team, {"parent": str(below)}, actor=SYSTEM, id=top)
        assert refused.value.details["errors"][0]["code"] == "circle"
        assert Team.objects.get(pk=top).parent_id is None
    record_save(Team, {"parent": str(top)}, actor=SYSTEM, id=low)
    assert Team.objects.get(pk=low).parent_id == top


@pytest.mark.parametrize("role", ["manager", "member", "read-only"])
def test_who_works_with_records_does_not_rearrange_teams(role: str, tenant: Any) -> None:
    team, who = a_team("Sales"), person(role)
    actor, before = actor_of_user(who, via="page"), hashes()
    with pytest.raises(CrmError, match=r"manage_team"):
        record_save(Team, {"manager": str(who.pk)}, actor=actor, id=team)
    with pytest.raises(CrmError, match=r"manage_team"):
        record_save(Team, {"name": "Mine", "manager": str(who.pk)}, actor=actor)
    with pytest.raises(CrmError, match=r"manage_user"):
        user_team_change(who, Team.objects.get(pk=team), actor=actor)
    assert hashes() == before
    owner = actor_of_user(person("owner"), via="page")
    record_save(Team, {"manager": str(who.pk)}, actor=owner, id=team)
    user_team_change(who, Team.objects.get(pk=team), actor=owner)
    assert User.objects.get(pk=who.pk).team_id == Team.objects.get(manager=who).pk


def test_whoever_manages_people_does_not_move_themselves_or_those_who_may_do_more(tenant: Any) -> None:
    Role.objects.filter(code="manager").update(permissions=["*.view_*", "team.manage_user"])
    team, boss, owner = Team.objects.get(pk=a_team("Sales")), person("manager"), person("owner")
    actor = actor_of_user(boss, via="page")
    for who in (boss, owner):
        with pytest.raises(CrmError):
            user_team_change(who, team, actor=actor)
        assert User.objects.get(pk=who.pk).team_id is None
    user_team_change(person("read-only"), team, actor=actor)
    assert User.objects.get(pk=person("read-only").pk).team_id == team.pk


def test_the_page_of_people_puts_somebody_into_a_team(tenant: Any, client_for: Any) -> None:
    team, who = a_team("Sales"), person("member")
    client = client_for("owner")
    answer = client.post(f"/settings/people/{who.pk}/change/", {"role": "member", "team": str(team)})
    assert answer.status_code == 302
    assert User.objects.get(pk=who.pk).team_id == team
    client.post(f"/settings/people/{who.pk}/change/", {"role": "member", "team": ""})
    assert User.objects.get(pk=who.pk).team_id is None
    assert client.post(f"/settings/people/{who.pk}/change/", {"role": "member", "team": "x"}).status_code == 404


def test_the_tree_shows_teams_below_teams_with_their_people(tenant: Any, client_for: Any) -> None:
    member, owner = User.objects.get(email="member@kith.test"), User.objects.get(email="owner@kith.test")
    top = record_save(Team, {"name": "Europe", "manager": str(owner.pk)}, actor=SYSTEM)
    low = record_save(Team, {"name": "Oslo", "parent": str(top)}, actor=SYSTEM)
    User.objects.filter(pk=member.pk).update(team=low)
    branches, loose = tree_read(SYSTEM)
    europe = next(one for one in branches if one.team.pk == top)
    assert (europe.team.manager, europe.people_count) == (owner, 1)
    assert [(one.team.pk, one.members) for one in europe.below] == [(low, [member])]
    assert member not in loose
    page = client_for("owner").get("/settings/people/teams/").content.decode()
    assert page.index("Europe") < page.index("Oslo") < page.index(f"/settings/people/{member.pk}/")
    Role.objects.filter(code="member").update(permissions=["*.view_*"], reach={"team.team": {"see": "none"}})
    assert "Europe" not in client_for("member").get("/settings/people/teams/").content.decode()
