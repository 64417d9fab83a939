"""Role × action × record × field, for every noun: what is kept from somebody is neither seen nor changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from crm.api.events import seen_by, told
from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.permissions import readable, visible, writable
from crm.core.reading import count_read, list_query, page_read, record_read
from crm.core.registry import Resource, registry
from crm.core.rows import titles_by_label
from crm.core.services import record_save, records_delete, records_restore
from crm.core.verbs import verb_run
from crm.team.models import Role, Share, Team, User
from crm.team.people import user_team_change
from crm.team.services import actor_of_user
from tests.crm.api.asking import hashes
from tests.crm.ui.asking import editable, made

MINE, MATES, BELOW, STRANGE, NOBODYS, LENT = "mine", "mates", "below", "strange", "nobodys", "lent"
EVERY = {MINE, MATES, BELOW, STRANGE, NOBODYS, LENT}
REACHED = {
    "all": EVERY,
    "team": {MINE, MATES, BELOW, LENT},
    "own": {MINE, LENT},
    "rule": {STRANGE, LENT},
    "none": {LENT},
}
Owners = dict[str, User | None]


@pytest.fixture
def owners(tenant: Any) -> Owners:
    """A member, a mate of theirs, somebody in a team below, a stranger, and nobody: of some, of one that is lent."""
    above = Team.objects.get(pk=record_save(Team, {"name": "Sales"}, actor=SYSTEM))
    below = Team.objects.get(pk=record_save(Team, {"name": "Oslo", "parent": str(above.pk)}, actor=SYSTEM))
    role, people = Role.objects.get(code="read-only"), User.objects.select_related("role")
    names: dict[str, User] = {MINE: people.get(email="member@kith.test")}
    for name in (MATES, BELOW, STRANGE):
        names[name] = User.objects.create(name=name, role=role)
    for name, team in ((MINE, above), (MATES, above), (BELOW, below)):
        user_team_change(names[name], team, actor=SYSTEM)
    return {**names, NOBODYS: None, LENT: User.objects.create(name=LENT, role=role)}


@pytest.fixture
def records(owners: Owners) -> Callable[[Resource], dict[str, UUID]]:
    """A record of a noun for each of them."""

    def make(noun: Resource) -> dict[str, UUID]:
        found = {name: made(noun) for name in owners}
        for name, pk in found.items():
            user = owners[name]
            noun.model._default_manager.filter(pk=pk).update(owner=user)
        Share.objects.create(object_type=noun.label, object_id=found[LENT], user=owners[MINE])
        return found

    return make


def limited(noun: Resource, owners: Owners, **says: Any) -> Actor:
    """The member, whose role reaches so far."""
    stranger = owners[STRANGE]
    if "rule" in says.values() and stranger is not None:
        says["rule"] = {"field": "owner", "op": "eq", "value": str(stranger.pk)}
    Role.objects.filter(code="member").update(permissions=["*"], reach={noun.label: says})
    return actor_of_user(User.objects.select_related("role").get(email="member@kith.test"), via="api")


def refused(call: Callable[[], Any], *statuses: int) -> None:
    """The call is refused, in one of these ways."""
    with pytest.raises(CrmError) as found:
        call()
    assert found.value.status in statuses, (found.value.status, found.value)


def seen_here(noun: Resource, actor: Actor, records: dict[str, UUID]) -> dict[str, set[str]]:
    """Which of the records each way of reading shows."""
    names = {pk: name for name, pk in records.items()}
    query = list_query(noun, {"page_size": "200"}, actor=actor)
    events = Event.objects.filter(seen_by(actor), object_type=noun.label, object_id__in=names)
    one = set[str]()
    for pk, name in names.items():
        with suppress(CrmError):
            one |= {name} if record_read(noun, pk, actor=actor)["id"] == pk else set()
    return {
        "list": {names[row["id"]] for row in page_read(query, size=200).rows if row["id"] in names},
        "record": one,
        "history": {names[event.object_id] for event in events},
        "titles": {names[pk] for pk in titles_by_label({noun.label: set(names)}, actor)},
        "links": {names[pk] for pk in visible(noun.model, actor).values_list("pk", flat=True) if pk in names},
    }


@editable
def test_every_way_of_reading_shows_the_same_records(
    noun: Resource, owners: Owners, records: Callable[[Resource], dict[str, UUID]]
) -> None:
    here = records(noun)
    for extent, expected in REACHED.items():
        actor = limited(noun, owners, see=extent)
        for way, found in seen_here(noun, actor, here).items():
            assert found == expected, (extent, way)
        query = list_query(noun, {}, actor=actor)
        total = count_read(query, mode="exact").n
        assert total == visible(noun.model, actor).count() == len(page_read(query, size=200).rows)


def writes(noun: Resource, pk: UUID, actor: Actor) -> list[Callable[[], Any]]:
    """Every way to change a record."""
    verbs = [verb for verb in noun.verbs if not any(one.spec.required for one in verb.inputs.values())]
    return [
        lambda: record_save(noun.model, {"owner": None}, actor=actor, id=pk),
        lambda: records_delete(noun.model, [pk], actor=actor),
        *(lambda verb=verb: verb_run(noun, verb.name, pk, actor=actor, inputs={}) for verb in verbs),
    ]


@editable
def test_what_is_not_reached_is_not_changed_in_any_way(
    noun: Resource, owners: Owners, records: Callable[[Resource], dict[str, UUID]]
) -> None:
    here = records(noun)
    deleted = made(noun)
    records_delete(noun.model, [deleted], actor=SYSTEM)
    for says, status in (({"see": "own"}, 404), ({"see": "all", "change": "own"}, 403)):
        actor = limited(noun, owners, **says)
        before = hashes()
        for write in writes(noun, here[MATES], actor):
            refused(write, status)
        for write in writes(noun, here[LENT], actor):
            refused(write, 403)
        refused(lambda actor=actor: records_restore(noun.model, [deleted], actor=actor), status)
        assert hashes() == before, says
    Share.objects.filter(object_id=here[LENT]).update(is_writable=True)
    record_save(noun.model, {"owner": None}, actor=actor, id=here[LENT])
    record_save(noun.model, {"owner": str(actor.id)}, actor=actor, id=here[MINE])
    records_delete(noun.model, [here[MINE]], actor=actor)
    assert records_restore(noun.model, [here[MINE]], actor=actor) == 1


def without(noun: Resource, **kept: list[str]) -> Actor:
    """The member, from whose role these fields are kept."""
    labels = {name: [f"{noun.label}.{one}" for one in names] for name, names in kept.items()}
    Role.objects.filter(code="member").update(permissions=["*"], **labels)
    return actor_of_user(User.objects.select_related("role").get(email="member@kith.test"), via="api")


@editable
def test_a_hidden_field_is_neither_read_asked_for_sorted_by_nor_written(noun: Resource, tenant: Any) -> None:
    pk, names = made(noun), [name for name in noun.specs if name != noun.title]
    everyone = without(noun)
    actor = without(noun, hidden_fields=[*names, *(part.name for part in noun.parts)])
    assert [spec.name for spec in readable(noun, actor)] == [noun.title]
    assert record_read(noun, pk, actor=actor).keys() <= {"id", "version", "deleted_at", noun.title}
    before = hashes()
    for name in names:
        refused(lambda name=name: list_query(noun, {"fields": name}, actor=actor), 400)
        refused(lambda name=name: list_query(noun, {"ordering": name}, actor=actor), 400)
        for op in ("", "__empty", "__ne"):
            refused(lambda name=name, op=op: list_query(noun, {f"{name}{op}": "true"}, actor=actor), 400)
        refused(lambda name=name: record_save(noun.model, {name: "1"}, actor=actor, id=pk), 422)
    for part in noun.parts:
        refused(lambda part=part: record_save(noun.model, {part.name: []}, actor=actor, id=pk), 422)
        refused(lambda part=part: list_query(noun, {"fields": part.name}, actor=actor), 400)
    assert hashes() == before
    event = Event.objects.filter(object_id=pk).values().last()
    assert event is not None
    assert (told(event, actor)["after"] or {}).keys() <= {noun.title}
    assert (told(event, everyone)["after"] or {}) == event["after"]


@editable
def test_a_fixed_field_is_read_but_not_written(noun: Resource, tenant: Any) -> None:
    pk, names = made(noun), [spec.name for spec in noun.specs.values() if spec.writable]
    parts = [part.name for part in noun.parts]
    actor = without(noun, fixed_fields=[*names, *parts])
    assert writable(noun, actor) == []
    assert record_read(noun, pk, actor=actor).keys() >= {*names, *parts}
    before = hashes()
    for name in [*names, *parts]:
        refused(lambda name=name: record_save(noun.model, {name: []}, actor=actor, id=pk), 422)
    assert hashes() == before
    record_save(noun.model, {"owner": str(actor.id)}, actor=without(noun, fixed_fields=[]), id=pk)
    assert noun.model._default_manager.get(pk=pk).owner_id == actor.id


def test_no_action_writes_a_fixed_field(tenant: Any) -> None:
    noun, task = registry["activities.task"], made(registry["activities.task"])
    bound = without(noun, fixed_fields=["status"])
    before = hashes()
    refused(lambda: verb_run(noun, "complete", task, actor=bound, inputs={}), 403)
    assert hashes() == before
    verb_run(noun, "complete", task, actor=without(noun, fixed_fields=["title"]), inputs={})
    assert record_read(noun, task, actor=SYSTEM)["status"] == "done"


@pytest.mark.parametrize("slug", ["deals", "orders", "quotes"])
def test_what_tells_a_hidden_amount_is_hidden_with_it(slug: str, tenant: Any, client_for: Any) -> None:
    noun = next(one for one in registry if one.slug == slug)
    path, told = f"/api/v1/{slug}/{made(noun)}", noun.tells["amount"]
    for is_hidden in (True, False):
        Role.objects.filter(code="member").update(
            permissions=["*"], hidden_fields=[f"{noun.label}.amount"] if is_hidden else []
        )
        client = client_for("member")
        assert set(told).isdisjoint(client.get(path).json()) is is_hidden
        assert (client.get(f"/api/v1/{slug}?ordering=-amount_home").status_code == 400) is is_hidden


def test_every_noun_is_in_the_table() -> None:
    assert len(list(registry)) > 15
