"""An archive of everything read as a job: looked at first, then all of it or nothing; nobody else sees it."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.exchange.models import ImportJob
from crm.exchange.restoring import archive_confirm, archive_run, archive_start
from crm.team.models import User
from crm.team.services import actor_of_user
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.api.asking import hashes
from tests.crm.exchange.test_archive import UNSOUND, archived, events_of, opened, rewritten, rows_of


def test_by_page_as_a_job(committed: Tenant, client_for: Any) -> None:
    raw, target = archived(committed), opened()
    seen = events_of(target)
    client, at = client_for("owner", target), "/settings/data/read/"
    refused = client.post(at, {"file": SimpleUploadedFile("x.kith.zip", raw[:5000])})
    assert (refused.status_code, "The archive is damaged" in refused.content.decode()) == (422, True)
    page = client.post(at, {"file": SimpleUploadedFile("all.kith.zip", raw)})["Location"]
    with inside(target):
        assert ImportJob.objects.get().state == "uploaded"
        before = hashes()
    for role in ("owner", "manager"):
        stranger = client_for(role, committed)
        assert stranger.post(page, {"do": "read"}).status_code == (404 if role == "owner" else 403)
    whole = rows_of(committed)
    held = sum(map(len, whole.values())) + 1  # and the owner
    assert f": {held:,} rows" in client.get(page).content.decode()
    with inside(target):
        assert hashes() == before
    assert client.post(page, {"do": "read"}).status_code == 302
    assert 'hx-trigger="load' in client.get(page, headers={"HX-Request": "true"}).content.decode()
    with inside(target):
        job = archive_run(UUID(page.split("/")[-2]))
        assert (job.state, job.pieces.exists(), job.purged_at is None) == ("done", False, False)
    assert rows_of(target, seen) == whole
    assert "Everything is here" in client.get(page).content.decode()
    assert page not in client.get("/imports/").content.decode()
    assert "There are" in client.get(at).content.decode()


def untouched() -> dict[str, str]:
    """Every table but those of the job."""
    return {name: one for name, one in hashes().items() if name not in ("exchange.importjob", "exchange.importpiece")}


def test_a_job_that_is_refused_or_taken_over_leaves_nothing(committed: Tenant, monkeypatch: Any) -> None:
    bad = rewritten(archived(committed), UNSOUND["a link to nothing"][0])
    with inside(opened()):
        owner = actor_of_user(User.objects.get(), via="page")
        job = archive_confirm(archive_start(io.BytesIO(bad), actor=owner, filename="a"), actor=owner)
        with pytest.raises(CrmError, match="already"):
            archive_confirm(job, actor=owner)
        before = untouched()
        failed = archive_run(job.pk)
        assert (failed.state, failed.failure, failed.pieces.exists()) == ("failed", "archive_refused", False)
        assert "contradicts itself" in failed.failure_details["message"]
        job = archive_start(io.BytesIO(archived(committed)), actor=owner, filename="b")
        archive_confirm(job, actor=owner)
        ImportJob.objects.filter(pk=job.pk).update(runner=uuid7())
        monkeypatch.setattr("crm.exchange.restoring.claim", lambda pk: job)
        assert archive_run(job.pk).state == "queued"
        assert untouched() == before
