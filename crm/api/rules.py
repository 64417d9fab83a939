"""The runs of a rule, its dry run, and one's own notifications."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_automation as about
from crm.api.openapi import Operation
from crm.api.told import NotificationTold, ReadTold, RunStepTold, RunTold, RunWhole
from crm.api.views import ApiView, nothing_in, object_of
from crm.api.webhooks import id_of
from crm.automation.dry_runs import LONGEST, rule_try
from crm.automation.models import Notification, RuleRun
from crm.automation.notices import notifications_of, notifications_read
from crm.automation.services import rule_find, run_again, run_find, runs_of
from crm.core.errors import CrmError

PAGE, STATES = 100, tuple(RuleRun.State.values)


class RuleTrial(ApiView):
    """What a rule would have done."""

    only_reads = True

    def post(self, request: Request, id: UUID) -> Response:
        """Looks back some days; nothing is done."""
        body = object_of(request)
        days = body.get("days", 30)
        if body.keys() - {"days"} or isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST:
            message = _("Send days, from 1 to %(max)s.") % {"max": LONGEST}
            errors = [{"pointer": f"/{n}", "code": "range", "message": message} for n in [*(body.keys() or ["days"])]]
            raise CrmError("invalid", message, status=422, errors=errors)
        return Response(rule_try(rule_find(id, actor=self.actor), actor=self.actor, days=days))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.rule_trial()


class Runs(ApiView):
    """The log of a rule."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"state", "before"})}

    def get(self, request: Request, id: UUID) -> Response:
        """The newest first, a hundred at a time; `before` takes the last id of a page."""
        state, before = request.query_params.get("state", ""), request.query_params.get("before", "")
        if state and state not in STATES:
            raise CrmError("bad_value", _("There is no such state."), parameter="state", allowed=STATES)
        rows = runs_of(rule_find(id, actor=self.actor), actor=self.actor, state=state, before=id_of(before))
        return Response({"results": [run_row(row) for row in rows[:PAGE]]})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.runs()


class RunOne(ApiView):
    """One run with its steps."""

    def get(self, request: Request, id: UUID, run: str) -> Response:
        """What was done, or why not."""
        found = run_find(rule_find(id, actor=self.actor), UUID(run), actor=self.actor)
        steps = found.steps.order_by("pk").values("number", "action", "is_done", "text", "at", "milliseconds")
        whole: RunWhole = {**run_row(found), "steps": [RunStepTold(**one) for one in steps]}
        return Response(whole)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.run()


class RunAgain(ApiView):
    """Try a failed run again."""

    def post(self, request: Request, id: UUID, run: str) -> Response:
        """From the action that failed."""
        nothing_in(request)
        rule = rule_find(id, actor=self.actor)
        return Response(run_row(run_again(rule, UUID(run), actor=self.actor)), status=202)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.run_again()


class Notifications(ApiView):
    """What the person who asks was told."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"unread", "before"})}

    def get(self, request: Request) -> Response:
        """The newest first, a hundred at a time; a program has none."""
        unread, before = request.query_params.get("unread", "0"), id_of(request.query_params.get("before", ""))
        if unread not in ("0", "1"):
            raise CrmError("bad_value", _("unread takes 1 or 0."), parameter="unread", allowed=("1", "0"))
        rows = notifications_of(self.actor)
        rows = rows.filter(read_at=None) if unread == "1" else rows
        rows = rows.filter(pk__lt=before) if before else rows
        return Response({"results": [notification_row(one) for one in rows[:PAGE]]})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.notifications()


class NotificationsRead(ApiView):
    """Mark as read."""

    def post(self, request: Request) -> Response:
        """Those in `ids`, or all."""
        body = object_of(request)
        ids = body.get("ids")
        if body.keys() - {"ids"} or not (ids is None or (isinstance(ids, list) and len(ids) <= 1000)):
            raise CrmError("bad_value", _("Send ids as a list, or nothing for all."))
        found = None if ids is None else [pk for one in ids if (pk := id_of(str(one))) is not None]
        return Response(ReadTold(read=notifications_read(self.actor, found)))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.notifications_read()


def notification_row(row: Notification) -> NotificationTold:
    """A notification as it is told."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "text": row.text,
        "object_type": row.object_type,
        "object_id": row.object_id,
        "created_at": row.created_at,
        "read_at": row.read_at,
    }


def run_row(row: RuleRun) -> RunTold:
    """A run as it is told."""
    return {
        "id": row.pk,
        "state": row.state,
        "object": row.object_type,
        "object_id": row.object_id,
        "cause": row.cause,
        "depth": row.depth,
        "position": row.position,
        "created_at": row.created_at,
        "due_at": row.due_at if row.state == RuleRun.State.WAITING else None,
        "finished_at": row.finished_at,
        "error": row.error,
    }
