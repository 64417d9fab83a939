"""All that a company has, into another company: equal; an archive that is not sound changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.reading import list_query, page_read
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_delete, records_save
from crm.customers.models import Customer
from crm.exchange.exporting.archive.contents import EVENT, LEFT_OUT, ROLE, USER, tables
from crm.exchange.exporting.archive.loading import archive_load
from crm.exchange.exporting.archive.reading import archive_open
from crm.exchange.exporting.archive.writing import archive_write
from crm.exchange.exporting.services import export_open, export_run, tenant_export_start
from crm.exchange.models import ExportJob
from crm.team.models import Role, User
from crm.team.roles import ROLES
from crm.team.services import actor_of_user
from tenants.context import inside
from tenants.models import Outbox, Tenant
from tenants.services import tenant_open
from tests.crm.api.asking import hashes
from tests.crm.exchange.exporting import made, person


def archived(tenant: Tenant) -> bytes:
    """The archive of a tenant."""
    stream = io.BytesIO()
    with inside(tenant):
        archive_write(stream)
    return stream.getvalue()


def opened(email: str = "owner@kith.test") -> Tenant:
    """A new company without a record; its owner has the address of one of the archive's people."""
    return tenant_open(slug="newcomer", name="Newcomer", email=email, password_hash="!", sample=False, currency="JPY")


def loaded(raw: bytes, tenant: Tenant) -> dict[str, int]:
    """Read an archive into a tenant."""
    with inside(tenant), archive_open(io.BytesIO(raw)) as archive:
        return archive_load(archive, actor=SYSTEM)


def events_of(tenant: Tenant) -> list[int]:
    """What a company has seen on its first day."""
    with inside(tenant):
        return list(Event.objects.values_list("pk", flat=True))


def rows_of(tenant: Tenant, seen: Sequence[int] = ()) -> dict[str, list[Any]]:
    """Every row of every table that travels, people by their address and roles by their code."""
    with inside(tenant):
        emails, codes = dict(User.objects.values_list("pk", "email")), dict(Role.objects.values_list("pk", "code"))
        found = {}
        for table in tables():
            names = [name for name in table.attnames if table.label not in (ROLE, USER) or name != "id"]
            rows = table.model._default_manager.all()
            rows = rows.exclude(name="team.tenant.restored").exclude(pk__in=seen) if table.label == EVENT else rows
            rows = (rows.exclude(email="owner@kith.test") if table.label == USER else rows).values_list(*names)
            mapped = [[emails.get(one, codes.get(one, one)) if is_id(one) else one for one in row] for row in rows]
            found[table.label] = sorted(mapped, key=repr)
        return found


def is_id(value: Any) -> bool:
    """Whether a value may name a person or role."""
    return value.__hash__ is not None


def fill(tenant: Tenant) -> None:
    """Changes, a deleted record, a person's role with hidden fields, an owner who exists only in the source."""
    with inside(tenant):
        seller = User.objects.get(email="member@kith.test")
        records_save(Customer, [Change({"name": f"林 {n}", "number": f"A{n}"}) for n in range(2100)], actor=SYSTEM)
        owned = record_save(
            Customer, {"name": "Owned", "owner": str(seller.pk)}, actor=actor_of_user(seller, via="page")
        )
        record_save(Customer, {"city": "Paris"}, actor=SYSTEM, id=owned)
        records_delete(Customer, [made("customers.customer", name="Deleted")], actor=SYSTEM)
        Role.objects.filter(code="member").update(hidden_fields=["customers.customer.notes"])
        own = {"sales.order": {"see": "own"}}
        Role.objects.create(code="seller", name="Seller", permissions=["*.view_*"], reach=own)


def test_another_company_becomes_equal(committed: Tenant) -> None:
    fill(committed)
    raw, target = archived(committed), opened()
    seen = events_of(target)
    counts = loaded(raw, target)
    assert counts["customers.customer"] > 2100
    assert rows_of(target, seen) == rows_of(committed)
    target.refresh_from_db()
    assert (target.currency, target.slug, target.name) == (committed.currency, "newcomer", "Newcomer")
    with inside(target):
        assert User.objects.get(email="owner@kith.test").password == "!"
        assert not User.objects.get(email="member@kith.test").has_usable_password()
        assert Outbox.objects.filter(schema_name=target.schema_name, task="analytics.tasks.refresh").exists()
        assert Event.objects.filter(name="team.tenant.restored").count() == 1
        cursor = apps.get_model("core.FeedCursor")._default_manager.get(consumer="rescore")
        assert cursor.seq == Event.objects.exclude(name="team.tenant.restored").order_by("-seq")[0].seq
        record_save(Customer, {"name": "New after"}, actor=SYSTEM)
        found = list_query(registry["customers.customer"], {"search": "lin 2099"}, actor=SYSTEM)
        assert [row["number"] for row in page_read(found).rows] == ["A2099"]


def test_secrets_do_not_travel(committed: Tenant) -> None:
    raw = archived(committed)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist())
    with inside(committed):
        for secret in (User.objects.values_list("password", flat=True)[0], "argon2"):
            assert secret.encode() not in text
        hashed = apps.get_model("team.ApiKey")._default_manager.values_list("key_hash", flat=True)
        assert all(one.encode() not in text for one in hashed)


def test_the_archive_is_of_one_moment(committed: Tenant) -> None:
    stream = io.BytesIO()
    with inside(committed):
        before = Customer.objects.count()

        def meanwhile(rows: int) -> None:
            def add() -> None:
                with inside(committed):
                    made("customers.customer")
                connection.close()

            thread = Thread(target=add)
            thread.start()
            thread.join()

        archive_write(stream, told=meanwhile)
        assert Customer.objects.count() > before
    with zipfile.ZipFile(stream) as archive:
        assert len(archive.read("rows/customers.customer.ndjson").splitlines()) == before


def test_as_a_job_for_the_owner_alone(committed: Tenant) -> None:
    with inside(committed):
        for role in ("manager", "member", "read-only"):
            before = hashes()
            with pytest.raises(CrmError, match="archive_tenant"):
                tenant_export_start(actor=person(role))
            assert hashes() == before
        owner = person("owner")
        job = export_run(tenant_export_start(actor=owner).pk)
        assert (job.state, job.failure) == (ExportJob.State.DONE, "")
        raw = b"".join(export_open(job, actor=owner))
        assert len(raw) == job.size
        with pytest.raises(CrmError, match="archive_tenant"):
            export_open(job, actor=person("manager"))
        orders = registry["sales.order"].model._default_manager.count()
    assert loaded(raw, opened())["sales.order"] == orders > 0


def test_by_command(committed: Tenant, tmp_path: Path) -> None:
    target, file = opened(), tmp_path / "all.kith.zip"
    seen = events_of(target)
    call_command("tenant_export", committed.slug, str(file), stdout=io.StringIO())
    call_command("tenant_import", target.slug, str(file), stdout=io.StringIO())
    assert rows_of(target, seen) == rows_of(committed)
    with pytest.raises(CommandError, match="not_empty"):
        call_command("tenant_import", target.slug, str(file), stdout=io.StringIO())
    assert [one.name for one in tmp_path.iterdir()] == ["all.kith.zip"]


def test_permissions_that_mean_nothing_here_are_dropped_and_told(committed: Tenant) -> None:
    with inside(committed):
        Role.objects.create(
            code="desk", name="Desk", permissions=["sales.win_deal", "fleet.drive_car", "*.fly_rocket", "*.view_*"]
        )
        Role.objects.filter(code="member").update(permissions=["*.view_*"])
    raw, said = archived(committed), list[str]()
    with inside(opened()), archive_open(io.BytesIO(raw)) as archive:
        archive_load(archive, actor=SYSTEM, note=said.append)
        assert Role.objects.get(code="desk").permissions == ["sales.win_deal", "*.view_*"]
        assert Role.objects.get(code="member").permissions == ["*.view_*"]
        assert len(said) == 1
        assert all(word in said[0] for word in ("Desk", "fleet.drive_car", "*.fly_rocket"))


def test_an_older_archive_does_not_bring_old_roles_back(committed: Tenant) -> None:
    with inside(committed):
        Role.objects.filter(code="member").update(permissions=["*.view_*"])
    raw = rewritten(archived(committed), manifest_with(schema="of long ago"))
    with inside(opened()), archive_open(io.BytesIO(raw)) as archive:
        archive_load(archive, actor=SYSTEM)
        assert set(Role.objects.get(code="member").permissions) == set(ROLES["member"][1])


def test_only_an_empty_company_takes_one(committed: Tenant) -> None:
    other = Tenant.objects.get(schema_name="t_b")
    with inside(other):
        before = hashes()
    with pytest.raises(CrmError) as refused:
        loaded(archived(committed), other)
    assert refused.value.code == "not_empty"
    with inside(other):
        assert hashes() == before


def rewritten(raw: bytes, change: Callable[[dict[str, bytes]], None], *, reseal: bool = True) -> bytes:
    """The archive with other members; the manifest is made to fit unless it is what was changed."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    if reseal and "manifest.json" in members:
        manifest = json.loads(members["manifest.json"])
        for entry in manifest["members"]:
            data = members.get(entry["name"], b"")
            entry |= {"size": len(data), "count": data.count(b"\n"), "sha256": hashlib.sha256(data).hexdigest()}
        members["manifest.json"] = json.dumps(manifest).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


CUSTOMERS = "rows/customers.customer.ndjson"


def manifest_with(**values: Any) -> Callable[[dict[str, bytes]], None]:
    """Another manifest."""

    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **values}).encode()

    return change


def rows_with(member: str, **values: Any) -> Callable[[dict[str, bytes]], None]:
    """Other values in every row of a member."""

    def change(members: dict[str, bytes]) -> None:
        lines = [json.dumps({**json.loads(line), **values}) for line in members[member].splitlines()]
        members[member] = "".join(f"{line}\n" for line in lines).encode()

    return change


def put(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    """One more member."""
    return lambda members: members.update({name: data})


def without(name: str) -> Callable[[dict[str, bytes]], None]:
    """A member less."""
    return lambda members: members.pop(name) and None


UNSOUND: dict[str, tuple[Callable[[dict[str, bytes]], None], bool, str]] = {
    "another version": (manifest_with(version=99), True, "archive_version"),
    "another program's": (manifest_with(format="zip"), True, "archive_unknown"),
    "no manifest": (without("manifest.json"), True, "archive_incomplete"),
    "manifest is no JSON": (put("manifest.json", b"{"), False, "archive_damaged"),
    "manifest is a list": (put("manifest.json", b"[]"), False, "archive_unknown"),
    "manifest nested deep": (put("manifest.json", b"[" * 100_000), False, "archive_damaged"),
    "manifest without settings": (manifest_with(tenant={}), True, "archive_damaged"),
    "settings of another kind": (
        manifest_with(
            tenant=dict.fromkeys(("name", "slug", "locale", "time_zone", "region", "industry"), "x" * 500)
            | {"currency": "EURO"}
        ),
        True,
        "archive_damaged",
    ),
    "members are no list": (manifest_with(members={}), False, "archive_damaged"),
    "no members": (manifest_with(members=[]), False, "archive_incomplete"),
    "a missing member": (without(CUSTOMERS), False, "archive_incomplete"),
    "people are missing": (without("rows/team.user.ndjson"), False, "archive_incomplete"),
    "a member too many": (put("rows/a.b.ndjson", b"{}\n"), False, "archive_incomplete"),
    "a path that leads out": (put("../../etc/passwd", b"x"), False, "archive_unsafe"),
    "an absolute path": (put("/etc/passwd", b"x"), False, "archive_unsafe"),
    "a backslash": (put("rows\\..\\x", b"x"), False, "archive_unsafe"),
    "changed bytes": (put(CUSTOMERS, b"{}\n"), False, "archive_damaged"),
    "a row that is no JSON": (put(CUSTOMERS, b"{\n"), True, "archive_damaged"),
    "a row that is a list": (put(CUSTOMERS, b"[]\n"), True, "archive_damaged"),
    "a row without its end": (put(CUSTOMERS, b"{}"), True, "archive_damaged"),
    "an unknown column": (rows_with(CUSTOMERS, password="x"), True, "archive_damaged"),
    "an empty row": (put(CUSTOMERS, b"{}\n"), True, "archive_damaged"),
    "an id that is none": (rows_with(CUSTOMERS, id="1"), True, "archive_damaged"),
    "a number that is none": (rows_with(CUSTOMERS, opening_spend="much"), True, "archive_damaged"),
    "a null character": (rows_with(CUSTOMERS, name="a\x00b"), True, "archive_damaged"),
    "half a surrogate pair": (rows_with(CUSTOMERS, notes="\ud800"), True, "archive_damaged"),
    "a text that is a number": (rows_with(CUSTOMERS, name=5), True, "archive_damaged"),
    "a text too long": (rows_with(CUSTOMERS, name="x" * 5000), True, "archive_refused"),
    "a link to nothing": (rows_with("rows/sales.order.ndjson", customer_id="0" * 32), True, "archive_refused"),
    "the same row twice": (
        lambda members: members.update({CUSTOMERS: members[CUSTOMERS] * 2}),
        True,
        "archive_refused",
    ),
    "a role of nobody": (rows_with("rows/team.user.ndjson", role_id="0" * 32), True, "archive_refused"),
}


def test_an_unsound_archive_changes_nothing(committed: Tenant) -> None:
    raw, target = archived(committed), opened()
    with inside(target):
        before = hashes()
    for name, (change, reseal, code) in UNSOUND.items():
        check_refused(rewritten(raw, change, reseal=reseal), target, code, name)
    for name, (broken, code) in broken_ones(raw).items():
        check_refused(broken, target, code, name)
    with inside(target):
        assert hashes() == before
    assert loaded(raw, target)


def check_refused(raw: bytes, target: Tenant, code: str, name: str) -> None:
    """It is refused by this code."""
    with pytest.raises(CrmError) as refused:
        loaded(raw, target)
    assert refused.value.code == code, (name, refused.value.message)


def broken_ones(raw: bytes) -> dict[str, tuple[bytes, str]]:
    """Files that are broken, or zips that lie."""
    twice = io.BytesIO(raw)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(twice, "a") as archive:
        archive.writestr(CUSTOMERS, b"")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b" " * 900)
        archive.writestr(CUSTOMERS, b"0" * (80 << 20))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for n in range(300):
            archive.writestr(f"rows/a.b{n}.ndjson", b"")
    middle = len(raw) // 3
    return {
        "empty": (b"", "archive_damaged"),
        "text": (b"name,city\n", "archive_damaged"),
        "cut off": (raw[: len(raw) // 2], "archive_damaged"),
        "flipped bits": (
            raw[:middle] + bytes(b ^ 0xFF for b in raw[middle : middle + 64]) + raw[middle + 64 :],
            "archive_damaged",
        ),
        "twice the same name": (twice.getvalue(), "archive_unsafe"),
        "a bomb": (bomb.getvalue(), "archive_unsafe"),
        "too many": (many.getvalue(), "archive_unsafe"),
        "overlapping": (overlapping(raw), "archive_unsafe"),
        "encrypted": (flagged(raw), "archive_unsafe"),
    }


def overlapping(raw: bytes) -> bytes:
    """Every entry of the directory points at the first one's bytes."""
    out, at = bytearray(raw), raw.find(b"PK\x01\x02")
    while at >= 0:
        out[at + 42 : at + 46] = struct.pack("<I", 0)
        at = raw.find(b"PK\x01\x02", at + 4)
    return bytes(out)


def flagged(raw: bytes) -> bytes:
    """Every entry says that it is encrypted."""
    out, at = bytearray(raw), raw.find(b"PK\x01\x02")
    while at >= 0:
        out[at + 8] |= 1
        at = raw.find(b"PK\x01\x02", at + 4)
    return bytes(out)


def test_every_noun_travels() -> None:
    labels = {table.label for table in tables()}
    assert {resource.label for resource in registry} <= labels | set(LEFT_OUT)
