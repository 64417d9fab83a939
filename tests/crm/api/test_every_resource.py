"""What the API promises for every noun: a noun is tested by being registered, with one line in tests/examples.py."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from crm.core.models import Event
from crm.core.registry import Resource, registry
from tests.crm.api.asking import body_of, hashes, made, sent
from tests.examples import EXAMPLES

each = pytest.mark.parametrize("noun", list(registry), ids=lambda noun: noun.label)
scored = pytest.mark.parametrize(
    "noun", [n for n in registry if "prediction_status" in n.specs], ids=lambda noun: noun.label
)
with_verbs = pytest.mark.parametrize(
    ("noun", "verb"), [(n, v) for n in registry for v in n.verbs], ids=lambda x: getattr(x, "label", x.name)
)

# What a record needs beside the required: nobody knows which server belongs to the example's address
NEEDED = {"messaging.mailbox": {"smtp_host"}}


@each
def test_it_has_an_example(noun: Resource) -> None:
    assert noun.label in EXAMPLES


@each
def test_it_is_made_told_of_and_read_back(noun: Resource, tenant: Any, key_client: Any) -> None:
    client = key_client()
    answer = client.post(f"/api/v1/{noun.slug}/", body_of(noun), content_type="application/json")
    assert answer.status_code == 201, answer.content
    record = answer.json()
    assert answer["Location"].endswith(f"/api/v1/{noun.slug}/{record['id']}/")
    read = client.get(f"/api/v1/{noun.slug}/{record['id']}")
    assert (read.status_code, read["ETag"], read.json()) == (200, '"1"', record)
    event = Event.objects.get(name=f"{noun.label}.created", object_id=record["id"])
    assert (event.via, event.actor_kind, event.request_id) == ("api", "key", answer["X-Request-Id"])


@each
def test_the_list_holds_it_and_shows_what_was_asked_for(noun: Resource, tenant: Any, key_client: Any) -> None:
    pk = made(noun)
    client = key_client()
    found = client.get(f"/api/v1/{noun.slug}/?page_size=200").json()
    assert str(pk) in [row["id"] for row in found["results"]]
    assert found["count_is_exact"]
    assert found["count"] == client.get(f"/api/v1/{noun.slug}/count").json()["count"]
    one = client.get(f"/api/v1/{noun.slug}/?fields={noun.title}&page_size=1").json()["results"][0]
    assert set(one) == {"id", noun.title}


@each
def test_a_list_may_be_read_by_a_person_in_the_browser(noun: Resource, tenant: Any, client_for: Any) -> None:
    answer = client_for("read-only").get(
        f"/api/v1/{noun.slug}/", HTTP_ACCEPT="text/html,application/xhtml+xml,*/*;q=0.8"
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@each
def test_every_sortable_field_sorts_both_ways(noun: Resource, tenant: Any, key_client: Any) -> None:
    client = key_client()
    made(noun), made(noun)
    for name in noun.sortable:
        there, back = (client.get(f"/api/v1/{noun.slug}/?ordering={sign}{name}&fields={name}") for sign in ("", "-"))
        assert (there.status_code, back.status_code) == (200, 200), there.content
        values = [[row[name] for row in answer.json()["results"] if row[name] is not None] for answer in (there, back)]
        assert values[0] == values[1][::-1] or name == noun.title


@each
def test_it_changes_under_its_version_only(noun: Resource, tenant: Any, key_client: Any) -> None:
    pk, client = made(noun), key_client()
    name, value = next((n, body_of(noun)[n]) for n in noun.fields if n == noun.title)
    path = f"/api/v1/{noun.slug}/{pk}/"
    anew = f"anew.{value}" if noun.specs[name].kind == "email" else f"{value} anew"
    stale = sent(client.patch, path, {name: anew}, HTTP_IF_MATCH='"7"')
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "precondition_failed", 1)
    assert client.get(path).json()["version"] == 1
    good = sent(client.patch, path, {name: anew}, HTTP_IF_MATCH='"1"')
    assert (good.status_code, good["ETag"], good.json()[name]) == (200, '"2"', anew)


@each
def test_put_sets_what_is_not_named_back_to_its_default(noun: Resource, tenant: Any, key_client: Any) -> None:
    pk, client, values = made(noun), key_client(), body_of(noun)
    path = f"/api/v1/{noun.slug}/{pk}/"
    must = {name for name in values if noun.specs.get(name) is None or noun.specs[name].required}
    needed = {name: values[name] for name in values if name in must | NEEDED.get(noun.label, set())}
    answer = sent(client.put, path, needed)
    assert answer.status_code == 200, answer.content
    left = [  # a title that may be left out is made of other values
        n
        for n in values
        if n not in (*needed, noun.title)
        and noun.specs[n].kind not in ("choice", "yes_no", "currency", "moment", "link", "reference")
    ]
    assert all(answer.json()[name] in (None, "", [], 0, "0.0000") for name in left), answer.content


@each
def test_it_is_deleted_under_its_version_only_and_comes_back(noun: Resource, tenant: Any, key_client: Any) -> None:
    pk, client = made(noun), key_client()
    path = f"/api/v1/{noun.slug}/{pk}"
    assert client.delete(path, HTTP_IF_MATCH='"9"').status_code == 412
    assert client.get(path).status_code == 200
    assert client.delete(path, HTTP_IF_MATCH='"1"').status_code == 204
    assert client.get(path).status_code == 404
    asked = f"/api/v1/{noun.slug}/?deleted=true&ordering=-updated_at&page_size=1"
    [gone] = client.get(asked).json()["results"]
    assert (gone["id"], gone["deleted_at"] is not None) == (str(pk), True)
    assert key_client("read-only").get(asked).status_code == 403
    back = sent(client.post, f"{path}/restore", {})
    assert (back.status_code, back.json()["id"]) == (200, str(pk))
    assert client.get(path).status_code == 200
    assert str(pk) not in {row["id"] for row in client.get(asked).json()["results"]}
    assert client.get(f"/api/v1/{noun.slug}/?ordering=-updated_at").json()["results"][0]["id"] == str(pk)


@each
def test_an_outside_name_makes_changes_and_brings_back(noun: Resource, tenant: Any, key_client: Any) -> None:
    client, path = key_client(), f"/api/v1/{noun.slug}/ext:erp:K-{uuid.uuid4().hex}"
    first, values = sent(client.put, path, body_of(noun)), {noun.title: body_of(noun)[noun.title]}
    assert first.status_code == 201, first.content
    pk = first.json()["id"]
    again = sent(client.put, path, values)
    assert (again.status_code, again.json()["id"]) == (200, pk), again.content
    assert client.get(path).json()["id"] == pk
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    back = sent(client.put, path, values)
    assert (back.status_code, back.json()["id"]) == (200, pk)
    assert sent(client.patch, path, values).status_code == 200


@each
def test_an_outside_name_with_a_slash_goes_by_query(noun: Resource, tenant: Any, key_client: Any) -> None:
    client, path = key_client(), f"/api/v1/{noun.slug}/ext?source=erp&id=a/b:c"
    assert sent(client.put, path, body_of(noun)).status_code == 201
    assert client.get(path).status_code == 200
    assert client.get(f"/api/v1/{noun.slug}/ext?source=erp").json()["errors"][0]["parameter"] == "id"


@each
def test_who_may_only_read_writes_nothing(noun: Resource, tenant: Any, key_client: Any, client_for: Any) -> None:
    pk, values, clients = made(noun), body_of(noun), (key_client("read-only"), client_for("read-only"))
    path, before = f"/api/v1/{noun.slug}", hashes()
    for client in clients:
        answers = [
            sent(client.post, f"{path}/", values),
            sent(client.put, f"{path}/{pk}", values),
            sent(client.patch, f"{path}/{pk}", values),
            client.delete(f"{path}/{pk}"),
            sent(client.put, f"{path}/ext:erp:1", values),
            sent(client.post, f"{path}/{pk}/restore", {}),
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "forbidden")}
        assert client.get(f"{path}/{pk}").status_code == 200
    assert hashes() == before


@each
def test_a_stranger_is_asked_who_they_are(noun: Resource, tenant: Any, client: Any) -> None:
    pk, path = made(noun), f"/api/v1/{noun.slug}"
    before = hashes()
    client.defaults["HTTP_HOST"] = "tenant-a.localhost"
    answers = [
        client.get(f"{path}/"),
        client.get(f"{path}/{pk}"),
        sent(client.post, f"{path}/", {}),
        client.delete(f"{path}/{pk}"),
    ]
    assert {(answer.status_code, answer["WWW-Authenticate"]) for answer in answers} == {(401, 'Bearer realm="kith"')}
    assert hashes() == before


@each
def test_a_key_for_another_noun_sees_nothing_of_this(noun: Resource, tenant: Any, key_client: Any) -> None:
    client = key_client(scopes=["core.view_nothing"])
    pk = made(noun)
    answers = [
        client.get(f"/api/v1/{noun.slug}/"),
        client.get(f"/api/v1/{noun.slug}/{pk}"),
        client.get(f"/api/v1/{noun.slug}/count"),
        sent(client.post, f"/api/v1/{noun.slug}/search", {}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert client.get(f"/api/v1/schema/{noun.slug}").status_code == 404


@each
def test_unknown_names_are_refused_by_name(noun: Resource, tenant: Any, key_client: Any) -> None:
    client, path = key_client(), f"/api/v1/{noun.slug}"
    unknown = client.get(f"{path}/?password=1")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_filter")
    assert unknown.json()["errors"][0]["parameter"] == "password"
    assert client.get(f"{path}/?fields=password").json()["code"] == "unknown_field"
    assert client.get(f"{path}/?ordering=password").status_code == 400
    assert client.get(f"{path}/{made(noun)}?colour=1").json()["errors"][0]["parameter"] == "colour"
    refused = sent(client.post, f"{path}/", {**body_of(noun), "passwort": 1})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/passwort")


@each
def test_what_is_no_id_is_not_found(noun: Resource, tenant: Any, key_client: Any) -> None:
    client = key_client()
    for word in ("1", "nope", str(uuid.uuid4())[:-1], uuid.uuid4(), "%27%20OR%201=1"):
        assert client.get(f"/api/v1/{noun.slug}/{word}").status_code == 404
        assert client.delete(f"/api/v1/{noun.slug}/{word}/").status_code == 404


@each
def test_search_takes_a_tree(noun: Resource, tenant: Any, key_client: Any) -> None:
    pk, client = made(noun), key_client()
    tree = {"and": [{"field": "id", "op": "eq", "value": str(pk)}, {"not": {"field": "is_sample", "value": True}}]}
    found = sent(client.post, f"/api/v1/{noun.slug}/search", {"where": tree, "count": "exact"}).json()
    assert ([row["id"] for row in found["results"]], found["count"]) == ([str(pk)], 1)
    bad = sent(client.post, f"/api/v1/{noun.slug}/search", {"where": {"field": "password", "value": 1}, "ordering": 3})
    assert bad.status_code == 400
    assert sent(client.post, f"/api/v1/{noun.slug}/search", {"filter": {}}).json()["errors"][0]["pointer"] == "/filter"


@each
def test_its_schema_says_what_the_caller_may(noun: Resource, tenant: Any, key_client: Any) -> None:
    owner, reader = (key_client(role).get(f"/api/v1/schema/{noun.label}").json() for role in ("owner", "read-only"))
    assert [field["name"] for field in owner["fields"]] == list(noun.specs)
    assert {field["name"] for field in owner["fields"] if field["writable"]} >= set(noun.fields)
    assert not any(field["writable"] for field in reader["fields"])
    assert (owner["may"], reader["may"]) == (["view", "add", "change", "delete"], ["view"])


@with_verbs
def test_a_verb_is_an_endpoint(noun: Resource, verb: Any, tenant: Any, key_client: Any) -> None:
    pk, reader, owner = made(noun), key_client("read-only"), key_client()
    path, before = f"/api/v1/{noun.slug}/{pk}/{verb.name}/", hashes()
    assert sent(reader.post, path, {}).status_code == 403
    unknown = sent(owner.post, path, {"colour": "red"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/colour")
    assert hashes() == before
    answer = sent(owner.post, path, {})
    assert answer.status_code in (200, 409, 422), answer.content


@scored
def test_predictions_and_recommendations_have_addresses(noun: Resource, tenant: Any, key_client: Any) -> None:
    pk, client = made(noun), key_client()
    assert client.get(f"/api/v1/{noun.slug}/{uuid.uuid4()}/predictions").status_code == 404
    assert set(client.get(f"/api/v1/{noun.slug}/{pk}/predictions").json()) == {"id", "predictions"}
    assert set(client.get(f"/api/v1/{noun.slug}/{pk}/recommendations?n=5").json()) >= {"buy_again", "new_for_you"}
    assert client.get(f"/api/v1/{noun.slug}/{pk}/recommendations?n=0").status_code == 400
