"""Orders that people set, and how record pages and forms are laid out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.customising.layouts import layout_of, layout_save
from crm.core.customising.services import custom_field_create
from crm.core.models import Event, Layout
from crm.core.registry import registry
from crm.core.services import record_save
from crm.sales.models import Stage
from tenants.context import inside
from tests.counting import cost
from tests.crm.api.asking import hashes
from tests.crm.ui.asking import form_of, made

NOUN = registry["sales.lead"]
PAGE = f"/settings/layouts/?noun={NOUN.slug}&role="
Clients = Callable[..., Any]


def stages() -> list[Stage]:
    """The stages of the default pipeline."""
    return list(Stage.objects.filter(pipeline__is_default=True, deleted_at=None).order_by("position", "pk"))


def test_stages_are_put_in_another_order(tenant: Any, client_for: Clients) -> None:
    client, before = client_for("manager"), stages()
    wanted = [before[1], before[0], *before[2:]]
    assert client.post("/stages/order/", {"id": [str(wanted[0].pk), str(wanted[1].pk)]}).status_code == 204
    assert [one.pk for one in stages()] == [one.pk for one in wanted]
    moved = Event.objects.filter(object_type="sales.stage", name__endswith="changed").order_by("-seq")[:2]
    assert {one.object_id for one in moved} == {wanted[0].pk, wanted[1].pk}
    page = client.get("/stages/order/").content.decode()
    assert re.findall(r'data-item="([^"]+)"', page)[:2] == [str(wanted[0].pk), str(wanted[1].pk)]


def test_an_order_is_refused_where_it_means_nothing(tenant: Any, client_for: Clients) -> None:
    manager, reader, here = client_for("manager"), client_for("read-only"), stages()
    alien = Stage.objects.exclude(pipeline=here[0].pipeline).first() or Stage.objects.get(
        pk=record_save(Stage, {"name": "First", "pipeline": str(made(registry["sales.pipeline"]))}, actor=SYSTEM)
    )
    before = hashes()
    for ids, status in (([here[0].pk, alien.pk], 422), ([made.__name__], 404), ([], 404), ([NOUN.model().pk], 404)):
        assert manager.post("/stages/order/", {"id": [str(pk) for pk in ids]}).status_code == status, ids
    assert reader.post("/stages/order/", {"id": [str(here[1].pk), str(here[0].pk)]}).status_code == 403
    assert "data-handle" not in reader.get("/stages/order/").content.decode()
    assert manager.get("/customers/order/").status_code == 404
    assert hashes() == before


@pytest.fixture
def lead(tenant: Any) -> Any:
    """A lead with a field of the tenant's own."""
    custom_field_create(NOUN.label, actor=SYSTEM, label_text="Shoe size", kind="text", name="x_shoe")
    return record_save(NOUN.model, {"name": "Grace Okafor", "x_shoe": "forty", "city": "Oslo"}, actor=SYSTEM)


def laid_out(*sections: tuple[str, list[str]], out: list[str]) -> dict[str, Any]:
    """A layout as its form sends it."""
    lines, labels = [], {}
    for at, (label, names) in enumerate(sections):
        lines += [f"section:{at}", *(f"field:{name}" for name in names)]
        labels[f"label-{at}"] = label
    return {"line": [*lines, "out", *(f"field:{name}" for name in out)], **labels}


def sections_in(page: str) -> list[str]:
    """The sections that a record page shows."""
    return re.findall(r"<summary>([^<]+)</summary>", page)


def test_record_page_and_form_follow_the_layout(lead: Any, client_for: Clients) -> None:
    manager, member, path = client_for("manager"), client_for("member"), f"/leads/{lead}/"
    assert "forty" in member.get(path).content.decode()
    layout = laid_out(("Feet", ["x_shoe", "name"]), ("Where", ["country"]), out=["city", "email"])
    assert manager.post(PAGE, layout).status_code == 302
    page, form = (member.get(address).content.decode() for address in (path, f"{path}edit/"))
    assert sections_in(page)[:2] == ["Feet", "Where"]
    assert page.index("forty") < page.index("Where")
    assert "Oslo" not in page
    assert ('name="city"' in form, 'name="x_shoe"' in form, 'name="phone"' in form) == (False, True, True)
    event = Event.objects.filter(name="core.layout.created").latest("seq")
    assert event.after["left_out"] == ["city", "email"]
    assert manager.post(PAGE, {"reset": "1"}).status_code == 302
    assert "Oslo" in member.get(path).content.decode()


def test_what_is_left_out_of_a_form_is_not_emptied_by_it(lead: Any, client_for: Clients) -> None:
    client = client_for("manager")
    client.post(PAGE, laid_out(("About", ["name"]), out=["city", "email"]))
    sent = {"name": "Grace Hopper", "version": "1", "x_shoe": "forty"}
    assert client.post(f"/leads/{lead}/edit/", sent).status_code == 302
    stored = NOUN.model._default_manager.get(pk=lead)
    assert (stored.name, stored.city) == ("Grace Hopper", "Oslo")
    assert 'name="city"' in client.get("/leads/new/?city=Rome").content.decode()
    assert client.post("/leads/new/", form_of(NOUN)).status_code == 302


def test_a_role_has_a_layout_of_its_own(lead: Any, client_for: Clients) -> None:
    manager, member = client_for("manager"), client_for("member")
    manager.post(PAGE, laid_out(("Everyone's", ["name"]), out=[]))
    manager.post(f"{PAGE}member", laid_out(("Ours", ["name"]), out=["city"]))
    pages = [one.get(f"/leads/{lead}/").content.decode() for one in (member, manager)]
    assert [sections_in(page)[0] for page in pages] == ["Ours", "Everyone&#x27;s"]
    assert ["Oslo" in page for page in pages] == [False, True]
    manager.post(f"{PAGE}member", {"reset": "1"})
    assert sections_in(member.get(f"/leads/{lead}/").content.decode())[0] == "Everyone&#x27;s"
    assert manager.get(f"{PAGE}nobody").status_code == 404


def test_a_layout_that_cannot_be_is_refused_and_kept_on_the_page(lead: Any, client_for: Clients) -> None:
    manager, before = client_for("manager"), hashes()
    for layout, text in (
        (laid_out(("", ["name"]), out=[]), "needs a name"),
        (laid_out(("A", ["name", "name"]), out=[]), "in one place"),
        (laid_out(("A", ["shoe"]), out=[]), "no field shoe"),
        (laid_out(("A", ["city"]), out=["name"]), "no record can be made"),
    ):
        answer = manager.post(PAGE, layout)
        assert answer.status_code == 422
        assert text in answer.content.decode()
    for role in ("member", "read-only"):
        client = client_for(role)
        assert client.get(PAGE).status_code == client.post(PAGE, laid_out(("A", ["name"]), out=[])).status_code == 403
    assert {name: value for name, value in hashes().items() if name != "team.user"} == {
        name: value for name, value in before.items() if name != "team.user"
    }
    assert not Layout.objects.filter(object_type=NOUN.label).exists()


def test_declared_sections_keep_their_names_in_every_language(lead: Any, client_for: Clients) -> None:
    label = str(NOUN.groups[0][0])
    layout_save(NOUN, "", [(label, ["name"]), ("Füße", ["x_shoe"])], [], actor=SYSTEM)
    page = client_for("member", HTTP_ACCEPT_LANGUAGE="zh-hans").get(f"/leads/{lead}/").content.decode()
    assert sections_in(page)[1] == "Füße"
    assert sections_in(page)[0] != label


def test_a_layout_costs_no_statement_and_is_one_company_s(lead: Any, clone: Any, client_for: Clients) -> None:
    client, path = client_for("member"), f"/leads/{lead}/"
    plain = cost(client, path)
    layout_save(NOUN, "", [("Feet", ["x_shoe"])], ["city"], actor=SYSTEM)
    assert cost(client, path) == plain
    with inside(clone):
        assert layout_of(NOUN, "member") is None
