"""What the pages promise for every noun: a noun is tested by being registered."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import translation

from crm.core.actors import SYSTEM, Actor
from crm.core.permissions import visible
from crm.core.querying import where_of_tree
from crm.core.reading import record_read
from crm.core.registry import Resource
from crm.core.services import records_delete
from crm.team.models import User
from crm.ui.builder import builder_of, tree_of
from crm.ui.builder.saying import operations_of
from crm.ui.conditions import params_of_tree, tree_of_params
from tests.crm.api.asking import hashes
from tests.crm.ui.asking import editable, form_of, made

LANGUAGES = ("en", "zh-hans")
VALUES = {
    "yes_no": "true",
    "date": "2026-01-02",
    "moment": "2026-01-02",
    "link": str(UUID(int=1)),
    "email": "a@b.example",
    "currency": "EUR",
    "country": "DE",
    "url": "https://a.example/",
    "phone": "+8613800138000",
    "language": "en",
}


def page_of(client: Any, path: str, status: int = 200) -> str:
    """A page's text."""
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.content[:2000])
    return str(answer.content.decode())


def rows_of(noun: Resource) -> set[UUID]:
    """The living records of a noun."""
    return set(visible(noun.model, SYSTEM).values_list("pk", flat=True))


@editable
def test_its_list_and_its_pages_open_in_both_languages(noun: Resource, tenant: Any, client_for: Any) -> None:
    record_id, client = made(noun), client_for("owner")
    for language in LANGUAGES:
        User.objects.filter(email="owner@kith.test").update(language=language)
        with translation.override(language):
            plural = str(noun.name_plural)
        for path in (
            f"/{noun.slug}/",
            f"/{noun.slug}/{record_id}/",
            f"/{noun.slug}/{record_id}/edit/",
            f"/{noun.slug}/new/",
        ):
            text = page_of(client, path)
            assert plural in text, path
            assert f'lang="{language}"' in text
        for tab in ("history", "related", "tables", "timeline"):
            page_of(client, f"/{noun.slug}/{record_id}/tab/{tab}/")
        page_of(client, f"/{noun.slug}/count/")


@editable
def test_the_list_shows_the_record_and_leads_to_it(noun: Resource, tenant: Any, client_for: Any) -> None:
    record_id = made(noun)
    assert reverse("ui:record", args=[noun, record_id]) in page_of(
        client_for("owner"), f"/{noun.slug}/?ordering=-created_at"
    )


@editable
def test_a_form_makes_a_record(noun: Resource, tenant: Any, client_for: Any) -> None:
    sent, before = form_of(noun), rows_of(noun)
    answer = client_for("owner").post(f"/{noun.slug}/new/", {**sent, "is_another": "1"})
    assert answer.status_code == 302, answer.content[:3000].decode()
    (made_id,) = rows_of(noun) - before
    assert answer["Location"] == f"/{noun.slug}/{made_id}/"
    stored = record_read(noun, made_id, actor=SYSTEM)
    assert str(stored[noun.title]) == sent.get(noun.title, str(stored[noun.title]))  # some make a name of the rest
    for part in noun.parts:
        assert len(stored[part.name]) == len({key.split("-")[1] for key in sent if key.startswith(f"{part.name}-")})


@editable
def test_a_form_without_change_changes_nothing(noun: Resource, tenant: Any, client_for: Any) -> None:
    record_id, client = made(noun), client_for("owner")
    before = record_read(noun, record_id, actor=SYSTEM)
    client.get(f"/{noun.slug}/{record_id}/edit/")
    form = client.get(f"/{noun.slug}/{record_id}/edit/").context
    sent = {entry.name: entry.text for _label, group in form["groups"] for entry in group}
    for one in form["parts"]:
        sent |= {entry.name: entry.text for row in one["rows"] for entry in row.values()}
    answer = client.post(f"/{noun.slug}/{record_id}/edit/", {**sent, "version": form["version"]})
    assert answer.status_code == 302, answer.content[:3000].decode()
    assert record_read(noun, record_id, actor=SYSTEM) == before


@editable
def test_an_empty_form_names_what_is_missing_at_its_field(noun: Resource, tenant: Any, client_for: Any) -> None:
    before = rows_of(noun)
    required = [spec for spec in noun.specs.values() if spec.required and spec.name not in ("object_type", "object_id")]
    answer = client_for("owner").post(f"/{noun.slug}/new/", {})
    assert rows_of(noun) == before or not required
    for spec in required:
        assert f'id="id-{spec.name}-error"' in answer.content.decode(), spec.name


@editable
def test_deleting_can_be_undone_from_the_next_page(noun: Resource, tenant: Any, client_for: Any) -> None:
    record_id, client = made(noun), client_for("owner")
    answer = client.post(f"/{noun.slug}/{record_id}/delete/", {"version": "1"})
    assert answer.status_code == 302
    assert record_id not in rows_of(noun)
    assert f'action="/{noun.slug}/restore/"' in page_of(client, answer["Location"])
    client.post(f"/{noun.slug}/restore/", {"id": str(record_id)})
    assert record_id in rows_of(noun)


@editable
def test_checked_rows_are_deleted_together(noun: Resource, tenant: Any, client_for: Any) -> None:
    ids, client = {made(noun), made(noun)}, client_for("owner")
    client.post(f"/{noun.slug}/bulk/", {"id": [str(one) for one in ids], "do": "delete", "step": "run"})
    assert not ids & rows_of(noun)
    client.post(f"/{noun.slug}/restore/", {"id": [str(one) for one in ids]})
    assert ids <= rows_of(noun)


@editable
def test_a_reader_is_refused_and_nothing_changes(noun: Resource, tenant: Any, client_for: Any) -> None:
    record_id, sent, client = made(noun), form_of(noun), client_for("read-only")
    page_of(client, f"/{noun.slug}/")
    before = hashes()
    for path, data in (
        (f"/{noun.slug}/new/", sent),
        (f"/{noun.slug}/{record_id}/edit/", {**sent, "version": "1"}),
        (f"/{noun.slug}/{record_id}/delete/", {}),
        (f"/{noun.slug}/bulk/", {"id": str(record_id), "do": "delete", "step": "run"}),
        (f"/{noun.slug}/restore/", {"id": str(record_id)}),
        (f"/{noun.slug}/{record_id}/field/{noun.title}/", {noun.title: "x"}),
        *((f"/{noun.slug}/{record_id}/{verb}/", {}) for verb in noun.verb_names),
    ):
        assert client.post(path, data).status_code == 403, path
    assert hashes() == before


@editable
def test_a_stranger_is_sent_to_the_log_in(noun: Resource, tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    client.logout()
    answer = client.get(f"/{noun.slug}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/log-in/?next=%2F{noun.slug}%2F")


@editable
def test_a_deleted_record_has_no_page(noun: Resource, tenant: Any, client_for: Any) -> None:
    record_id = made(noun)
    records_delete(noun.model, [record_id], actor=SYSTEM)
    page_of(client_for("owner"), f"/{noun.slug}/{record_id}/", status=404)


@editable
def test_every_filter_that_is_offered_is_understood(noun: Resource, tenant: Any, client_for: Any) -> None:
    opened = client_for("owner").get(f"/{noun.slug}/filter/", headers={"HX-Request": "true"}).context["builder"]
    own = [path for path, _label in opened.fields[0][1]]
    assert own
    for path in own:
        spec = noun.specs[path]
        for operation, _label in operations_of(spec):
            value = spec.choices[-1][0] if spec.choices else VALUES.get(spec.items or spec.kind, "1")
            sent = {"field": path, "op": operation, "value": value, "until": value, "in": "0"}
            data = QueryDict(urlencode({"w-0-join": "and", **{f"w-1-{name}": text for name, text in sent.items()}}))
            tree = tree_of(noun, data)
            where_of_tree(noun, tree, actor=SYSTEM.by(via="page") if operation != "me" else Actor("user", UUID(int=1)))
            for form in (tree, tree_of_params(params_of_tree(tree))):
                assert builder_of(noun, form, SYSTEM).root.inside[0].op == operation, (path, operation)


@editable
def test_it_sorts_by_what_its_heads_offer(noun: Resource, tenant: Any, client_for: Any) -> None:
    made(noun)
    client = client_for("owner")
    for name in noun.sortable:
        page_of(client, f"/{noun.slug}/?ordering={name}&fields={noun.title},{name}")
        page_of(client, f"/{noun.slug}/?ordering=-{name}")


@editable
def test_unknown_parameters_are_refused_by_name(noun: Resource, tenant: Any, client_for: Any) -> None:
    assert "nonsense" in page_of(client_for("owner"), f"/{noun.slug}/?nonsense=1", status=400)
