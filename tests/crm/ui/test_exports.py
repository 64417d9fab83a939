"""Exports by pages: the dialog says what will come, the file holds what was seen, others do not find it."""

from __future__ import annotations

from typing import Any

from crm.exchange.models import ExportJob
from crm.team.models import Role
from tests.crm.api.asking import hashes
from tests.crm.exchange.exporting import made

HTMX = {"HX-Request": "true"}


def file_of(client: Any, address: str) -> str:
    """The downloaded file."""
    answer = client.get(f"{address}file/")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store, private")
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_a_list_leads_to_its_file_in_three_clicks(tenant: Any, client_for: Any) -> None:
    made("customers.customer", name="Ann Page", city="Pages")
    made("customers.customer", name="Bo Elsewhere", city="Elsewhere")
    client, seen = client_for("owner"), "city=Pages&fields=name,city&ordering=-name"
    assert "/customers/export/" in client.get(f"/customers/?{seen}").content.decode()
    at = {**HTMX, "HX-Current-URL": f"http://x/customers/?{seen}"}
    dialog = client.get("/customers/export/", headers=at).content.decode()
    assert "1 record" in dialog
    assert "Pages" in dialog
    answer = client.post(f"/customers/export/?{seen}", {"format": "csv", "columns": "seen"})
    page = client.get(answer["Location"]).content.decode()
    assert f"{answer['Location']}file/" in page
    lines = file_of(client, answer["Location"]).split("\r\n")
    assert lines[0] == "Name,City,Kith ID"
    assert [line.split(",")[0] for line in lines[1:] if line] == ["Ann Page"]
    assert answer["Location"] in client.get("/exports/").content.decode()


def test_all_columns_and_names_for_programs(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    sent = {"format": "csv", "columns": "all", "headers": "names", "parts": "sheet"}
    head = file_of(client, client.post("/orders/export/", sent)["Location"]).split("\r\n")[0]
    assert {"number", "customer.number", "lines.quantity", "amount_home", "kith_id"} <= set(head.split(","))


def test_a_large_one_shows_its_progress(tenant: Any, client_for: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("crm.exchange.exporting.services.AT_ONCE", 0)
    client = client_for("owner")
    address = client.post("/customers/export/", {"format": "xlsx"})["Location"]
    assert "hx-trigger" in client.get(address, headers=HTMX).content.decode()
    assert client.get(f"{address}file/").status_code == 409
    client.post(f"{address}cancel/")
    assert ExportJob.objects.get(pk=address.split("/")[2]).state == "cancelled"
    assert client.get(address).status_code == 200
    assert client.post(f"{address}cancel/").status_code == 409


def test_a_reader_sees_no_button_and_gets_no_file(tenant: Any, client_for: Any) -> None:
    client = client_for("read-only")
    assert "/customers/export/" not in client.get("/customers/").content.decode()
    before = hashes()
    for answer in (client.get("/customers/export/"), client.post("/customers/export/", {"format": "csv"})):
        assert answer.status_code == 403
    assert hashes() == before
    Role.objects.filter(code="read-only").update(permissions=["*.view_*", "*.export_*"])
    assert client.post("/customers/export/", {"format": "csv"}).status_code == 302


def test_people_find_only_their_own_and_who_manages_all(tenant: Any, client_for: Any) -> None:
    address = client_for("member").post("/customers/export/", {"format": "csv"})["Location"]
    Role.objects.filter(code="read-only").update(permissions=["*.view_*", "*.export_*"])
    stranger = client_for("read-only")
    for path in (address, f"{address}file/"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"{address}cancel/").status_code == 404
    assert address not in stranger.get("/exports/").content.decode()
    assert address in client_for("manager").get("/exports/").content.decode()
    assert file_of(client_for("manager"), address)


def test_the_owner_takes_everything_along(tenant: Any, client_for: Any) -> None:
    owner = client_for("owner")
    assert "/settings/data/" in owner.get("/settings/").content.decode()
    answer = owner.post("/settings/data/", {"history": "on"})
    job = ExportJob.objects.get(pk=answer["Location"].split("/")[2])
    assert (job.format, job.state, job.asked) == ("archive", "queued", {"history": True})
    assert owner.get(answer["Location"]).status_code == 200
    assert answer["Location"] in owner.get("/settings/data/").content.decode()
    manager, before = client_for("manager"), hashes()
    assert "/settings/data/" not in manager.get("/settings/").content.decode()
    assert manager.get("/settings/data/").status_code == manager.post("/settings/data/").status_code == 403
    assert manager.get(answer["Location"] + "file/").status_code in (403, 409)
    assert hashes() == before
