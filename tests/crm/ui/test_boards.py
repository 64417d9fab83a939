"""The board: columns with their sums, cards that move by the noun's own rules."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from crm.activities.models import Task
from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_save
from crm.sales.models import Deal, Lead, LostReason, Pipeline, Quote, Stage
from crm.team.models import Role
from tests.counting import cost, remember


@pytest.fixture
def stages(tenant: Any) -> dict[str, Stage]:
    """The stages of the default pipeline by name."""
    found = Stage.objects.filter(pipeline__is_default=True, deleted_at=None).order_by("position")
    return {stage.name.split()[0]: stage for stage in found}


def deals(stage: Stage, count: int, **values: Any) -> list[UUID]:
    """Deals in a stage."""
    changes = [Change({"name": f"Chairs {n}", "stage": stage.pk, "amount": "100", **values}) for n in range(count)]
    return list(records_save(Deal, changes, actor=SYSTEM).saved.values())


def columns(page: str) -> dict[str, str]:
    """The columns of a board by title."""
    found = re.split(r'<section class="board-column"', page)[1:]
    return {re.findall(r"<h2[^>]*>(\w+)", one)[0]: one for one in found}


def moved(client: Any, deal: UUID, to: Any, version: int = 1) -> Any:
    """Move a card as the page does."""
    values = {"id": str(deal), "to": str(to), "version": str(version)}
    return client.post("/deals/board/move/", values, HTTP_HX_REQUEST="true")


def test_each_stage_is_a_column_with_count_sum_and_weighted_sum(stages: dict[str, Stage], client_for: Any) -> None:
    Deal.objects.all().delete()
    deals(stages["Proposal"], 3)
    page = columns(client_for("owner").get("/deals/board/").content.decode())
    assert list(page) == list(stages)
    assert "300" in page["Proposal"]
    assert "150" in page["Proposal"]
    assert page["Proposal"].count("data-card=") == 3
    assert page["New"].count("data-card=") == 0


def test_a_long_column_shows_twenty_and_more_on_demand(stages: dict[str, Stage], client_for: Any) -> None:
    Deal.objects.all().delete()
    made = set(map(str, deals(stages["New"], 45)))
    client = client_for("owner")
    text, seen = columns(client.get("/deals/board/").content.decode())["New"], []
    while True:
        seen += re.findall(r'data-card="([^"]+)"', text)
        more = re.findall(r'hx-get="([^"]*column[^"]*)"', text)
        if not more:
            break
        text = client.get(more[0].replace("&amp;", "&"), HTTP_HX_REQUEST="true").content.decode()
    assert len(seen) == 45
    assert set(seen) == made


def test_filters_narrow_the_cards_and_the_sums(stages: dict[str, Stage], client_for: Any) -> None:
    Deal.objects.all().delete()
    deals(stages["New"], 2, source="Fair")
    deals(stages["New"], 3, source="Web")
    page = columns(client_for("owner").get("/deals/board/?source=Fair").content.decode())
    assert page["New"].count("data-card=") == 2
    assert "200" in page["New"]


def test_one_pipeline_is_shown_at_a_time(stages: dict[str, Stage], client_for: Any) -> None:
    other = record_save(Pipeline, {"name": "Partners", "position": 9}, actor=SYSTEM)
    record_save(Stage, {"pipeline": other, "name": "Handshake"}, actor=SYSTEM)
    client = client_for("owner")
    assert "Handshake" not in client.get("/deals/board/").content.decode()
    assert list(columns(client.get(f"/deals/board/?pipeline={other}").content.decode())) == ["Handshake"]


def test_a_card_moves_and_the_board_comes_back_as_it_is_now(stages: dict[str, Stage], client_for: Any) -> None:
    Deal.objects.all().delete()
    deal = deals(stages["New"], 1)[0]
    answer = moved(client_for("owner"), deal, stages["Proposal"].pk)
    assert answer.status_code == 200
    assert str(deal) in columns(answer.content.decode())["Proposal"]
    assert Deal.objects.get(pk=deal).weighted_amount == Decimal(50)


def test_a_refused_move_says_why_and_changes_nothing(stages: dict[str, Stage], client_for: Any) -> None:
    record_save(Stage, {"required_fields": ["next_step"]}, actor=SYSTEM, id=stages["Proposal"].pk)
    deal = deals(stages["New"], 1)[0]
    answer = moved(client_for("owner"), deal, stages["Proposal"].pk)
    assert answer.status_code == 422
    assert "Next step" in answer["HX-Trigger"]
    assert Deal.objects.get(pk=deal).stage == stages["New"]


def test_a_card_that_somebody_else_has_moved_is_not_moved_again(stages: dict[str, Stage], client_for: Any) -> None:
    deal, client = deals(stages["New"], 1)[0], client_for("owner")
    assert moved(client, deal, stages["Qualified"].pk).status_code == 200
    assert moved(client, deal, stages["Proposal"].pk).status_code == 409
    assert Deal.objects.get(pk=deal).stage == stages["Qualified"]


def test_whoever_may_only_read_sees_the_board_and_moves_nothing(stages: dict[str, Stage], client_for: Any) -> None:
    deal, client = deals(stages["New"], 1)[0], client_for("read-only")
    page = client.get("/deals/board/").content.decode()
    assert str(deal) in page
    assert "data-may-move" not in page
    assert moved(client, deal, stages["Proposal"].pk).status_code == 403
    assert Deal.objects.get(pk=deal).stage == stages["New"]


@pytest.mark.parametrize("role", ["manager", "member"])
def test_whoever_works_with_deals_moves_wins_loses_and_converts(
    stages: dict[str, Stage], client_for: Any, key_client: Any, role: str
) -> None:
    deal, client, program = deals(stages["New"], 1)[0], client_for(role), key_client(role)
    assert "data-may-move" in client.get("/deals/board/").content.decode()
    assert moved(client, deal, stages["Proposal"].pk).status_code == 200
    assert Deal.objects.get(pk=deal).stage == stages["Proposal"]
    asked = {"stage": str(stages["New"].pk)}
    assert program.post(f"/api/v1/deals/{deal}/move/", asked, content_type="application/json").status_code == 200
    assert Deal.objects.get(pk=deal).stage == stages["New"]
    lead = record_save(Lead, {"name": "Grace Okafor"}, actor=SYSTEM)
    for path in (f"deals/{deal}/win", f"deals/{deal}/reopen", f"leads/{lead}/convert"):
        assert program.post(f"/api/v1/{path}/", {}, content_type="application/json").status_code == 200, path
    reason = {"lost_reason": str(record_save(LostReason, {"name": "Too dear"}, actor=SYSTEM))}
    assert program.post(f"/api/v1/deals/{deal}/lose/", reason, content_type="application/json").status_code == 200
    assert Deal.objects.get(pk=deal).status == "lost"


def test_a_program_that_may_only_read_moves_nothing(stages: dict[str, Stage], key_client: Any) -> None:
    deal, lead = deals(stages["New"], 1)[0], record_save(Lead, {"name": "Grace Okafor"}, actor=SYSTEM)
    asked = {"stage": str(stages["Proposal"].pk)}
    for path in (f"deals/{deal}/move", f"deals/{deal}/win", f"deals/{deal}/lose", f"leads/{lead}/convert"):
        answer = key_client("read-only").post(f"/api/v1/{path}/", asked, content_type="application/json")
        assert answer.status_code == 403, path
    assert Deal.objects.get(pk=deal).stage == stages["New"]
    assert Lead.objects.get(pk=lead).customer is None


def test_hidden_amounts_are_in_no_card_and_no_sum(stages: dict[str, Stage], client_for: Any) -> None:
    Deal.objects.all().delete()
    deals(stages["New"], 1, amount="7313")
    hidden = ["sales.deal.amount", "sales.deal.amount_home", "sales.deal.weighted_amount"]
    client = client_for("member")
    assert "7,313" in client.get("/deals/board/").content.decode()
    Role.objects.filter(code="member").update(hidden_fields=hidden)
    assert "7,313" not in client.get("/deals/board/").content.decode()


def told(answer: Any) -> dict[str, Any]:
    """What the toast of an answer says."""
    return dict(json.loads(answer["HX-Trigger"])["kith:toast"])


def on_board(client: Any, noun: str, pk: UUID) -> str:
    """In which column a card stands."""
    page = client.get(f"/{noun}/board/").content.decode()
    return next((title for title, column in columns(page).items() if f'data-card="{pk}"' in column), "")


@pytest.mark.parametrize("noun", [one for one in registry if one.board], ids=lambda one: one.slug)
def test_every_noun_with_a_status_has_a_board(tenant: Any, client_for: Any, noun: Any) -> None:
    page = client_for("owner").get(f"/{noun.slug}/board/")
    assert page.status_code == 200
    spec = noun.specs[noun.board.by]
    if spec.target is None:
        keys = [key for key, _label in spec.choices if key]
        assert re.findall('data-column="([^"]+)"', page.content.decode()) == keys
    assert set(noun.board.verbs.values()) <= noun.verb_names.keys()
    assert not noun.model._meta.get_field(noun.board.since).null  # or else the next page of a column is lost


def test_a_status_that_people_write_is_written_by_a_move_and_taken_back(tenant: Any, client_for: Any) -> None:
    lead, client = record_save(Lead, {"name": "Grace Okafor", "amount": "7313"}, actor=SYSTEM), client_for("owner")
    values = {"id": str(lead), "to": "working", "version": "1"}
    answer = client.post("/leads/board/move/", values, HTTP_HX_REQUEST="true")
    assert answer.status_code == 200
    assert on_board(client, "leads", lead) == "Being"
    undo = told(answer)["undo"]
    assert client.post(undo["address"], undo["values"], HTTP_HX_REQUEST="true").status_code == 200
    assert on_board(client, "leads", lead) == "New"
    assert client.post(undo["address"], undo["values"], HTTP_HX_REQUEST="true").status_code == 409  # once


def test_what_a_move_changed_beside_the_stage_comes_back_with_it(stages: dict[str, Stage], client_for: Any) -> None:
    deal, client = deals(stages["New"], 1, probability=33)[0], client_for("owner")
    undo = told(moved(client, deal, stages["Proposal"].pk))["undo"]
    assert Deal.objects.get(pk=deal).probability == 50
    assert client.post(undo["address"], undo["values"], HTTP_HX_REQUEST="true").status_code == 200
    kept = Deal.objects.get(pk=deal)
    assert (kept.stage, kept.probability) == (stages["New"], 33)


def test_a_status_that_only_an_action_changes_is_changed_by_it(tenant: Any, client_for: Any) -> None:
    task, client = record_save(Task, {"title": "Ring back"}, actor=SYSTEM), client_for("owner")
    values = {"id": str(task), "to": "done", "version": "1"}
    answer = client.post("/tasks/board/move/", values, HTTP_HX_REQUEST="true")
    assert Task.objects.get(pk=task).done_at is not None
    undo = told(answer)["undo"]
    assert client.post(undo["address"], undo["values"], HTTP_HX_REQUEST="true").status_code == 200
    assert Task.objects.get(pk=task).done_at is None
    Role.objects.filter(code="member").update(permissions=["activities.view_task", "activities.change_task"])
    member = client_for("member")
    assert "data-may-move" not in member.get("/tasks/board/").content.decode()
    values["version"] = "3"
    assert member.post("/tasks/board/move/", values, HTTP_HX_REQUEST="true").status_code == 403
    assert Task.objects.get(pk=task).done_at is None


def stepped(client: Any, deal: UUID, to: Any, **values: str) -> Any:
    """Click a step in the head of a deal's page."""
    version = str(Deal.objects.get(pk=deal).version)
    asked = {"id": str(deal), "to": str(to), "version": version, "next": "record", **values}
    return client.post("/deals/board/move/", asked, HTTP_HX_REQUEST="true")


def test_a_step_in_the_head_moves_and_asks_for_what_is_missing(stages: dict[str, Stage], client_for: Any) -> None:
    record_save(Stage, {"required_fields": ["next_step", "amount"]}, actor=SYSTEM, id=stages["Proposal"].pk)
    deal, client = deals(stages["New"], 1, amount=None)[0], client_for("owner")
    steps = client.get(f"/deals/{deal}/tab/steps/", HTTP_HX_REQUEST="true").content.decode()
    assert re.findall(r">([A-Z]\w+)", steps) == list(stages), steps
    assert re.findall(r'aria-current="step"><span>(\w+)', steps) == ["New"]
    asked = stepped(client, deal, stages["Proposal"].pk)
    assert asked.status_code == 422
    assert set(re.findall(r'name="(\w+)"', asked.content.decode())) >= {"next_step", "amount", "to", "id"}
    again = stepped(client, deal, stages["Proposal"].pk, next_step="Send the offer", amount="x")
    assert again.status_code == 422
    assert (Deal.objects.get(pk=deal).stage, Deal.objects.get(pk=deal).next_step) == (stages["New"], "")
    done = stepped(client, deal, stages["Proposal"].pk, next_step="Send the offer", amount="12")
    assert done["HX-Redirect"] == f"/deals/{deal}/"
    moved_deal = Deal.objects.get(pk=deal)
    assert (moved_deal.stage, moved_deal.next_step, moved_deal.amount) == (stages["Proposal"], "Send the offer", 12)
    undo = dict(re.findall(r'name="(\w+)" value="([^"]*)"', client.get(f"/deals/{deal}/").content.decode()))
    assert undo["event"].isdecimal()


def test_a_step_is_refused_to_whoever_only_reads(stages: dict[str, Stage], client_for: Any) -> None:
    deal, client = deals(stages["New"], 1)[0], client_for("read-only")
    steps = client.get(f"/deals/{deal}/tab/steps/", HTTP_HX_REQUEST="true").content.decode()
    assert ("Proposal" in steps, "<button" in steps) == (True, False)
    assert stepped(client, deal, stages["Proposal"].pk).status_code == 403
    assert Deal.objects.get(pk=deal).stage == stages["New"]


def test_the_dialog_of_the_move_offers_the_stages_by_name(stages: dict[str, Stage], client_for: Any) -> None:
    deal = deals(stages["New"], 1)[0]
    dialog = client_for("owner").get(f"/deals/{deal}/move/", HTTP_HX_REQUEST="true").content.decode()
    assert set(re.findall(r'<option value="([^"]+)"', dialog)) >= {str(one.pk) for one in stages.values()}


def test_a_column_that_cannot_be_reached_says_so(tenant: Any, client_for: Any) -> None:
    lead, client = record_save(Lead, {"name": "Grace Okafor"}, actor=SYSTEM), client_for("owner")
    assert 'data-asks="convert"' in columns(client.get("/leads/board/").content.decode())["Converted"]
    quote = record_save(Quote, {"subject": "Cups"}, actor=SYSTEM)
    page = columns(client.get("/quotes/board/").content.decode())
    assert {title for title, column in page.items() if " data-shut" in column} == {"Draft", "Expired", "Replaced"}
    for noun, pk, to in (("quotes", quote, "expired"), ("quotes", quote, "nowhere"), ("leads", lead, "nowhere")):
        values = {"id": str(pk), "to": to, "version": "1"}
        answer = client.post(f"/{noun}/board/move/", values, HTTP_HX_REQUEST="true")
        assert answer.status_code in (404, 409), (noun, to)
    assert Quote.objects.get(pk=quote).status == "draft"
    assert Lead.objects.get(pk=lead).status == "new"


def test_amounts_in_several_currencies_are_summed_apart(tenant: Any, client_for: Any) -> None:
    Lead.objects.all().delete()
    for currency, amount in (("EUR", "40"), ("EUR", "2"), ("JPY", "900")):
        record_save(Lead, {"name": "Grace", "amount": amount, "currency": currency}, actor=SYSTEM)
    new = columns(client_for("owner").get("/leads/board/").content.decode())["New"]
    assert ("€42" in new, "¥900" in new) == (True, True)


def test_a_noun_without_a_board_has_none(tenant: Any, client_for: Any) -> None:
    assert client_for("owner").get("/products/board/").status_code == 404


def test_the_board_costs_the_same_however_many_cards_stand_there(stages: dict[str, Stage], client_for: Any) -> None:
    client = client_for("owner")
    deals(stages["New"], 1)
    few = cost(client, "/deals/board/")
    for stage in stages.values():
        deals(stage, 25)
    assert cost(client, "/deals/board/") <= few <= 12
    remember("page", "deals board", few)


def test_the_board_of_a_status_costs_the_same_however_many_cards_stand_there(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    few = cost(client, "/leads/board/")
    statuses = [one for one in Lead.Status.values if one != "converted"]
    changes = [Change({"name": f"Lead {n}", "status": statuses[n % 4], "amount": "5"}) for n in range(100)]
    records_save(Lead, changes, actor=SYSTEM)
    assert cost(client, "/leads/board/") <= few <= 12
    remember("page", "leads board", few)


def test_cards_that_are_only_seen_are_not_moved(stages: dict[str, Stage], client_for: Any) -> None:
    Deal.objects.all().delete()
    pk = deals(stages["New"], 1)[0]
    member, reader = client_for("member"), client_for("read-only")
    mine, marks = "data-may-move", ("data-locked", "data-to=")
    page = member.get("/deals/board/").content.decode()
    assert [mark in page for mark in (mine, *marks)] == [True, False, True]
    assert mine not in reader.get("/deals/board/").content.decode()
    Role.objects.filter(code="member").update(reach={"sales.deal": {"see": "all", "change": "own"}})
    page = member.get("/deals/board/").content.decode()
    assert [mark in page for mark in marks] == [True, False]
    assert moved(member, pk, stages["Proposal"].pk).status_code == 403
    assert Deal.objects.get(pk=pk).stage == stages["New"]
    Role.objects.filter(code="member").update(reach={}, fixed_fields=["sales.deal.stage"])
    assert mine not in member.get("/deals/board/").content.decode()
