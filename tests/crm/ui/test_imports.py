"""The import by pages: a file, the proposal, a change of mind, the run, the account, the way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from crm.activities.models import Task
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.exchange.models import ImportJob, ImportTemplate
from crm.exchange.services import import_run
from crm.sales.models import Order, Product
from tests.crm.api.asking import hashes

FILE = b"Name,Mail,Town,Shoe size\nAda,ada@shop.example,Oslo,38\nGrace,no mail,Oslo,39\n"
HTMX = {"HX-Request": "true"}


def uploaded(client: Any, content: bytes = FILE, name: str = "people.csv") -> Any:
    """A file dropped on the page."""
    return client.post("/imports/new/", {"noun": "customers", "file": SimpleUploadedFile(name, content)})


def proposal_of(client: Any, path: str) -> dict[str, str]:
    """The form of the mapping page as it stands."""
    context = client.get(path).context
    sent = {f"target-{one['column'].position}": one["target"] for one in context["columns"]}
    return {**sent, "sheet": "0", "header_row": str(context["analysis"].header_row), "mode": "both"}


def test_a_file_becomes_customers_with_one_yes(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    path = uploaded(client)["Location"]
    sent = proposal_of(client, path)
    assert Customer.objects.filter(name="Ada").count() == 0
    assert client.post(path, {**sent, "do": "run"})["Location"] == path
    assert b"hx-trigger" in client.get(path, headers=HTMX).content
    import_run(UUID(path.split("/")[2]))
    page = client.get(path).content.decode()
    assert all(address in page for address in ("/call-first/", f"{path}problems/", f"{path}undo/"))
    ada = Customer.objects.get(name="Ada", email="ada@shop.example")
    assert "38" in ada.notes
    problems = client.get(f"{path}problems/").content.decode()
    assert "no mail" in problems


def test_a_kind_of_file_known_in_advance_is_offered_and_follows_its_rules(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    assert 'value="template:online_retail"' in client.get("/imports/new/").content.decode()
    lines = (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "990001,85123A,WHITE HEART,6,2026-01-05 08:26:00,2.55,99850,United Kingdom\n"
        "990001,POST,POSTAGE,1,2026-01-05 08:26:00,18,99850,United Kingdom\n"
        "C990002,85123A,WHITE HEART,-6,2026-01-06 08:26:00,2.55,,United Kingdom\n"
    )
    file = SimpleUploadedFile("shop.csv", lines.encode())
    path = client.post("/imports/new/", {"noun": "template:online_retail", "file": file})["Location"]
    client.post(path, {**proposal_of(client, path), "do": "run"})
    import_run(UUID(path.split("/")[2]))
    sale, credit = (Order.objects.get(number=number) for number in ("990001", "C990002"))
    assert (sale.kind, credit.kind, credit.customer) == ("sale", "credit", None)
    assert sorted(sale.lines.values_list("kind", flat=True)) == ["fee", "product"]
    assert Customer.objects.get(number="99850").orders.count() == 1


def test_an_ordinary_order_file_brings_its_customers_and_products(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    lines = (
        "Order number,Customer id,Order date,Product code,Description,Quantity,Price\n"
        "N-1,K-77,2026-01-05,TEA-1,Green tea,2,3.50\nN-1,K-77,2026-01-05,POT-1,Tea pot,1,20\n"
        "N-2,K-78,2026-01-06,TEA-1,Green tea,1,3.50\n"
    )
    file = SimpleUploadedFile("orders.csv", lines.encode())
    path = client.post("/imports/new/", {"noun": "orders", "file": file})["Location"]
    first = client.get(path)
    assert all(one["link"][0] == "create" for one in first.context["columns"] if one["link"])
    assert {one["column"].header: bool(one["link"]) for one in first.context["columns"]}["Customer id"]
    client.post(path, {**proposal_of(client, path), "create_links": "on", "do": "run"})
    import_run(UUID(path.split("/")[2]))
    order = Order.objects.get(number="N-1")
    assert order.amount == 27
    assert order.customer is not None
    assert order.customer.number == "K-77"
    assert sorted(order.lines.values_list("product__sku", flat=True)) == ["POT-1", "TEA-1"]


def test_each_column_that_points_elsewhere_says_what_becomes_of_the_unknown(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    head = "Order number,Customer id,Order date,Product code,Quantity,Price\n"
    lines = head + "N-7,K-97,2026-01-05,TEA-7,2,3.50\nN-8,,2026-01-05,TEA-7,2,3.50\n"
    file = SimpleUploadedFile("orders.csv", lines.encode())
    path = client.post("/imports/new/", {"noun": "orders", "file": file})["Location"]
    sent = {**proposal_of(client, path), "create_links": "on", "link-1": "refuse", "link-3": "create", "do": "look"}
    page = client.post(path, sent, headers=HTMX)
    assert [one["link"][0] for one in page.context["columns"] if one["link"]] == ["refuse", "create"]
    client.post(path, {**sent, "do": "run"})
    import_run(UUID(path.split("/")[2]))
    assert not Customer.objects.filter(number="K-97").exists()
    assert list(Order.objects.filter(number__in=["N-7", "N-8"]).values_list("number", flat=True)) == ["N-8"]
    assert Product.objects.filter(sku="TEA-7").exists()


def test_a_kept_mapping_is_renamed_and_forgotten(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    path = uploaded(client)["Location"]
    client.post(path, {**proposal_of(client, path), "keep": "From the shop", "do": "run"})
    assert "/imports/mappings/" in client.get("/imports/").content.decode()
    kept = ImportTemplate.objects.get(name="From the shop")
    at = f"/imports/mappings/{kept.pk}"
    refused = client_for("read-only").post(f"{at}/rename/", {"name": "Mine"})
    empty = client.post(f"{at}/rename/", {"name": " "})
    assert (refused.status_code, empty.status_code) == (404, 422)
    kept.refresh_from_db()
    assert kept.name == "From the shop"
    client.post(f"{at}/rename/", {"name": "Shop"})
    assert 'value="Shop"' in client.get("/imports/mappings/").content.decode()
    assert client_for("read-only").post(f"{at}/forget/").status_code == 404
    assert ImportTemplate.objects.filter(pk=kept.pk).exists()
    client.post(f"{at}/forget/")
    assert not ImportTemplate.objects.filter(pk=kept.pk).exists()


def test_digits_of_other_scripts_do_no_harm(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    path = uploaded(client)["Location"]
    client.post(path, {**proposal_of(client, path), "target-²": "name", "do": "run"})
    import_run(UUID(path.split("/")[2]))
    for address in (f"{path}problems/?start=²", "/customers/filter/?churn_probability__gte=²"):
        assert client.get(address).status_code < 500


def test_a_column_can_be_told_to_be_something_else(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    path = uploaded(client)["Location"]
    sent = proposal_of(client, path) | {"target-3": "+skip", "do": "look"}
    fragment = client.post(path, sent, headers=HTMX).content.decode()
    assert 'value="+skip" selected' in fragment
    client.post(path, {**sent, "do": "run"})
    import_run(UUID(path.split("/")[2]))
    assert "38" not in Customer.objects.get(name="Ada", email="ada@shop.example").notes


def test_what_is_no_table_is_refused_in_words(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    answer = uploaded(client, b"\x00\x01\x02" * 50, "photo.xlsx")
    page = client.get(answer["Location"]) if answer.status_code == 302 else answer
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()


def test_a_form_without_a_file_asks_for_one(tenant: Any, client_for: Any) -> None:
    assert client_for("owner").post("/imports/new/", {"noun": "customers"}).status_code == 422
    assert not ImportJob.objects.filter(filename="people.csv").exists()


def test_a_reader_imports_nothing(tenant: Any, client_for: Any) -> None:
    client = client_for("read-only")
    before = hashes()
    assert uploaded(client).status_code in (200, 403, 422)
    assert hashes() == before


def test_anothers_job_cannot_be_seen_from_another_tenant(tenant: Any, other: Any, client_for: Any) -> None:
    path = uploaded(client_for("owner"))["Location"]
    assert client_for("owner", other).get(path).status_code == 404


def test_the_sample_goes_with_one_button(tenant: Any, client_for: Any) -> None:
    gone, stays = (record_save(Customer, {"name": name}, actor=SYSTEM) for name in ("Ida", "Ottokar"))
    Customer.objects.filter(pk__in=[gone, stays]).update(is_sample=True)
    about = {"object_type": "customers.customer", "object_id": stays}
    call = record_save(Task, {"title": "Call him", **about}, actor=SYSTEM)
    client = client_for("owner")
    assert client_for("member").post("/settings/sample/").status_code == 403
    assert Customer.objects.filter(is_sample=True).count() == 2
    page = client.post("/settings/sample/").content.decode()
    assert "1 record stays" in page
    assert f'<a href="/customers/{stays}/">Ottokar</a>' in page
    assert f'<a href="/tasks/{call}/">Call him</a>' in page
    assert list(Customer.objects.filter(pk__in=[gone, stays]).values_list("pk", "is_sample")) == [(stays, False)]
    assert client.post("/settings/sample/").status_code == 302


def test_words_that_nobody_knows_are_asked_about_and_the_mapping_is_kept(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    text = "Member number,Name,Lifecycle\nW-1,Ann,VIP客户\nW-2,Bob,customer\n"
    path = client.post("/imports/new/", {"noun": "customers", "file": SimpleUploadedFile("a.csv", text.encode())})
    page = client.get(path["Location"]).content.decode()
    assert 'name="said-2-0" value="VIP客户"' in page
    meant = {"said-2-0": "VIP客户", "means-2-0": "customer", "keep": "Club"}
    client.post(path["Location"], {**proposal_of(client, path["Location"]), **meant, "do": "run"})
    import_run(UUID(path["Location"].split("/")[2]))
    assert set(Customer.objects.filter(number__startswith="W-").values_list("lifecycle", flat=True)) == {"customer"}
    again = client.post("/imports/new/", {"noun": "customers", "file": SimpleUploadedFile("b.csv", text.encode())})
    page = client.get(again["Location"]).content.decode()
    assert "Club" in page
    assert 'value="customer" list="near-2-0"' in page


def test_what_was_read_can_be_corrected_on_the_page(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    path = uploaded(client, "Name;Town\nJosé;Málaga\n".encode("cp1252"))["Location"]
    sent = proposal_of(client, path)
    page = client.post(path, {**sent, "encoding": "gb18030", "seen": client.get(path).context["seen"], "do": "look"})
    assert page.context["analysis"].encoding == "gb18030"
    page = client.post(path, {**sent, "encoding": "cp1252", "delimiter": "comma", "seen": "0::32 1", "do": "look"})
    assert [one["column"].header for one in page.context["columns"]] == ["Name;Town"]
    page = client.post(path, {**sent, "encoding": "cp1252", "delimiter": "", "seen": "0::32 1", "do": "look"})
    assert page.context["analysis"].preview[0].cells == ("José", "Málaga")


def test_a_column_becomes_a_field_of_its_own(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    path = uploaded(client, b"Name,Shoe size\nAda,38\nGrace,39\n")["Location"]
    sent = {**proposal_of(client, path), "target-1": "+create"}
    assert '<option value="integer" selected>' in client.post(path, {**sent, "do": "look"}).content.decode()
    assert client.post(path, {**sent, "kind-1": "integer", "do": "run"})["Location"] == path
    import_run(UUID(path.split("/")[2]))
    assert list(Customer.objects.get(name="Grace", notes="").custom.values()) == [39]


def test_problems_are_sorted_by_kind_and_rows_to_mend_come_in_two_forms(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    path = uploaded(client, b"Name,Mail\nAda,x\n,nobody@shop.example\n")["Location"]
    client.post(path, {**proposal_of(client, path), "do": "run"})
    import_run(UUID(path.split("/")[2]))
    page = client.get(f"{path}problems/?code=email").content.decode()
    assert "“x” is not an e-mail address." in page
    assert "Name is missing." not in page
    assert "Name is missing." in client.get(f"{path}problems/").content.decode()
    assert "…" not in client.get(path).content.decode()
    for form, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        answer = client.get(f"{path}problems/?download={form}")
        assert b"".join(answer.streaming_content).startswith(start)
        assert answer["Content-Disposition"].startswith('attachment; filename="people-to-mend.')


def test_what_looks_alike_since_an_import_is_told_and_gathered(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    old = record_save(Customer, {"name": "Adah Byron", "wechat": "adab"}, actor=SYSTEM)
    record_save(Customer, {"name": "Twin", "wechat": "same"}, actor=SYSTEM)
    record_save(Customer, {"name": "Twin", "wechat": "same"}, actor=SYSTEM)
    path = uploaded(client, b"Name,WeChat\nAda Byron,adab\nGrace,grace\n")["Location"]
    client.post(path, {**proposal_of(client, path), "do": "run"})
    import_run(UUID(path.split("/")[2]))
    page = client.get(path).content.decode()
    assert "1 group of records looks like duplicates." in page
    address = f"/duplicates/?noun=customers&import={path.split('/')[2]}"
    assert address.replace("&", "&amp;") in page
    found = client.get(address)
    assert [{str(row["id"]) for row in group.rows} for group, _cells in found.context["groups"]] == [
        {str(old), str(Customer.objects.get(name="Ada Byron").pk)}
    ]
    assert len(client.get("/duplicates/?noun=customers").context["groups"]) > 1


def test_an_import_that_runs_is_stopped_by_its_page(tenant: Any, client_for: Any) -> None:
    job = ImportJob.objects.create(label="customers.customer", state="running", filename="f", rows_total=9, rows_done=4)
    owner, reader = client_for("owner"), client_for("read-only")
    assert f"/imports/{job.pk}/cancel/" in owner.get(f"/imports/{job.pk}/").content.decode()
    assert reader.post(f"/imports/{job.pk}/cancel/").status_code in (403, 404)
    job.refresh_from_db()
    assert job.state == "running"
    assert owner.post(f"/imports/{job.pk}/cancel/").status_code == 302
    page = owner.get(f"/imports/{job.pk}/").content.decode()
    assert "Stopped after 4 of 9 rows." in page
    assert f"/imports/{job.pk}/undo/" in page
