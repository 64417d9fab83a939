"""An import from upload to account in one call."""

from __future__ import annotations

import io
from typing import BinaryIO

from crm.core.actors import SYSTEM, Actor
from crm.exchange.models import ImportJob
from crm.exchange.services import (
    Account,
    ProblemLine,
    import_account,
    import_analyse,
    import_confirm,
    import_problems,
    import_run,
    import_start,
)


def imported(
    file: BinaryIO | bytes,
    label: str = "customers.customer",
    *,
    template: str = "",
    mode: str = "both",
    targets: dict[int, str] | None = None,
    create_links: bool = False,
    values: dict[int, dict[str, str]] | None = None,
    links: dict[int, str] | None = None,
    source: str = "",
    constants: dict[str, str] | None = None,
    actor: Actor = SYSTEM,
) -> tuple[ImportJob, Account]:
    """What is proposed is confirmed, but for the given targets and mode."""
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    job = import_start(stream, label=label, actor=actor, filename="file", template=template)
    choices = import_analyse(job, actor=actor).proposal()
    choices.targets |= targets or {}
    choices.mode, choices.create_links, choices.source = mode, create_links, source
    choices.values, choices.links = values or choices.values, links or {}
    choices.constants = constants or {}
    import_confirm(job, choices, actor=actor, background=False)
    job = import_run(job.pk)
    account = import_account(job)
    assert account.unexplained == 0
    return job, account


def reported(job: ImportJob) -> list[tuple[int, str, str]]:
    """Every problem as (row, code, outcome)."""
    return [(line.row, line.code, line.outcome) for line in lines(job)]


def lines(job: ImportJob) -> list[ProblemLine]:
    """Every problem in words."""
    return import_problems(job, limit=10_000)
