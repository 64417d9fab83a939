"""People from a list: taken in once, put into teams, nobody written to."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.team.models import Role, Team, User
from crm.team.newcomers import Newcomer, people_add
from crm.team.services import actor_of_user
from tests.crm.api.asking import hashes

OWNER = "owner@kith.test"


def actor(role: str = "owner") -> Any:
    """A person who adds others."""
    return actor_of_user(User.objects.select_related("role").get(email=f"{role}@kith.test"), via="page")


def test_agents_managers_and_offices_become_people_and_teams_of_teams(tenant: Any) -> None:
    lines = [
        Newcomer(name="Anna", team="Central", manager="Dustin"),
        Newcomer(name="Versie", team="Central", manager="Dustin"),
        Newcomer(name="Gladys", team="Central", manager="Melvin"),
        Newcomer(name="Zane", team="West", manager="Celia"),
    ]
    assert [one.outcome for one in people_add(lines, actor=actor())] == ["added"] * 4
    teams = {one.name: one for one in Team.objects.filter(deleted_at=None).select_related("manager", "parent")}
    assert {"Central", "Central, Dustin", "Central, Melvin", "West"} <= teams.keys()
    assert str(teams["Central, Dustin"].manager) == "Dustin"
    assert teams["Central, Dustin"].parent_id == teams["Central"].pk
    assert str(teams["West"].manager) == "Celia"
    assert str(User.objects.get(name="Anna").team) == "Central, Dustin"
    assert User.objects.get(name="Dustin").team_id == teams["Central, Dustin"].pk
    assert not User.objects.get(name="Anna").has_usable_password()
    assert User.objects.get(name="Anna").email is None
    assert mail.outbox == []
    before = hashes()
    assert {one.outcome for one in people_add(lines, actor=actor())} == {"known"}
    assert hashes() == before


def test_each_line_is_judged_for_itself(tenant: Any) -> None:
    lines = [
        Newcomer(name="Anna", email="anna@kith.test", role="Manager"),
        Newcomer(name="Bo", role="Wizard"),
        Newcomer(name="Cy", email="no address"),
        Newcomer(name="Somebody", email=OWNER.upper()),
        Newcomer(),
    ]
    found = people_add(lines, actor=actor())
    assert [one.outcome for one in found] == ["added", "refused", "refused", "known", "refused"]
    assert "Wizard" in found[1].message
    assert User.objects.select_related("role").get(name="Anna").role.code == "manager"
    assert not User.objects.filter(name__in=("Bo", "Cy", "Somebody")).exists()


def test_nobody_adds_who_may_do_more_or_without_the_right(tenant: Any) -> None:
    before = hashes()
    with pytest.raises(CrmError, match=r"manage_user"):
        people_add([Newcomer(name="Anna")], actor=actor("manager"))
    assert hashes() == before
    Role.objects.filter(code="manager").update(permissions=["*.view_*", "team.manage_user"])
    before = hashes()
    (found,) = people_add([Newcomer(name="Anna", role="owner")], actor=actor("manager"))
    assert found.outcome == "refused"
    with pytest.raises(CrmError, match=r"manage_team"):
        people_add([Newcomer(name="Anna", role="read-only", team="West")], actor=actor("manager"))
    assert hashes() == before
    (found,) = people_add([Newcomer(name="Anna", role="read-only")], actor=actor("manager"))
    assert found.outcome == "added"


def test_the_page_takes_a_file_and_says_what_became_of_each_line(tenant: Any, client_for: Any) -> None:
    file = b"Sales_Agent,Manager,Regional Office\nAnna,Dustin,Central\nVersie,,\n,,\n"
    answer = client_for("owner").post("/settings/people/file/", {"file": SimpleUploadedFile("agents.csv", file)})
    assert "2 to add" in answer.content.decode()
    assert not User.objects.filter(name="Anna").exists()
    lines = answer.context["lines"]
    assert "2 added" in client_for("owner").post("/settings/people/file/", {"lines": lines}).content.decode()
    assert client_for("owner").post("/settings/people/file/", {"lines": "[1]"}).status_code == 422
    assert str(User.objects.get(name="Anna").team) == "Central"
    bare = SimpleUploadedFile("agents.csv", b"1,2\n3,4\n")
    assert client_for("owner").post("/settings/people/file/", {"file": bare}).status_code == 422
    again, client = SimpleUploadedFile("agents.csv", b"name\nZoe\n"), client_for("manager")
    before = hashes()
    assert client.post("/settings/people/file/", {"file": again}).status_code == 403
    assert hashes() == before


def test_people_of_a_file_are_taken_back_with_their_teams_but_not_who_works_here(tenant: Any, client_for: Any) -> None:
    west = Team.objects.create(name="West", name_key="west")
    User.objects.create(name="Olaf", team=west, role=Role.objects.get(code="member"))
    before = set(User.objects.values_list("name", "team__name"))
    lines = [
        Newcomer("Anna", team="Central", manager="Dustin"),
        Newcomer("Bo", team="North"),
        Newcomer("Olaf", team="North"),
    ]
    people_add([*lines, Newcomer("Cy", team="West")], actor=actor())
    owned = record_save(Customer, {"name": "Bo's", "owner": str(User.objects.get(name="Bo").pk)}, actor=SYSTEM)
    client = client_for("owner")
    (addition,) = client.get("/settings/people/file/").context["additions"]
    assert client_for("manager").post("/settings/people/file/", {"undo": addition.tx}).status_code == 403
    assert User.objects.filter(name="Anna").exists()
    assert client.post("/settings/people/file/", {"undo": addition.tx}).status_code == 302
    bo = {("Bo", "North")}
    assert set(User.objects.values_list("name", "team__name")) == before | bo
    teams = set(Team.objects.filter(deleted_at=None).values_list("name", flat=True))
    assert not teams & {"Central", "Central, Dustin"}
    assert {"North", "West"} <= teams
    assert Customer.objects.get(pk=owned).owner_id is not None
    Customer.objects.filter(pk=owned).update(owner=None)
    assert client.post("/settings/people/file/", {"undo": addition.tx}).status_code == 302
    assert set(User.objects.values_list("name", "team__name")) == before
    for wrong in (addition.tx, "x", "9" * 30):
        assert client.post("/settings/people/file/", {"undo": wrong}).status_code == 404


def test_the_api_takes_a_list_and_refuses_what_is_no_text(tenant: Any, key_client: Any) -> None:
    client = key_client()
    answer = client.post("/api/v1/people", {"people": [{"name": "Anna", "team": "West"}]}, "application/json")
    assert [one["outcome"] for one in answer.json()["results"]] == ["added"]
    listed = {one["name"]: one for one in client.get("/api/v1/people").json()["results"]}
    assert listed["Anna"]["team"]["name"] == "West"
    for wrong in ({"people": [{"name": 5}]}, {"people": [{"password": "x"}]}, {"people": []}, {"folk": []}):
        before = hashes()
        assert client.post("/api/v1/people", wrong, "application/json").status_code == 422, wrong
        assert hashes() == before
