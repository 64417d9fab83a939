"""The one translator of failures into answers: RFC 9457 problem documents, all errors of a request at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg.errors import CheckViolation
from rest_framework import exceptions
from rest_framework.response import Response

from crm.api.tracing import request_id_of
from crm.core.errors import CrmError

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
URN = "urn:kith:problem:"

TITLES: dict[str, str | Promise] = {
    "authentication_failed": _("The credentials are not valid"),
    "bad_cursor": _("The cursor cannot be read"),
    "bad_request": _("The request cannot be understood"),
    "bad_value": _("A value cannot be read"),
    "batch_refused": _("Nothing was done"),
    "conflict": _("The request collides with what is stored"),
    "csrf_failed": _("The request did not come from a page of ours"),
    "cursor_expired": _("The cursor is too old"),
    "circle": _("One stands above the other"),
    "duplicate": _("It seems to be there already"),
    "forbidden": _("Not allowed"),
    "idempotency_done": _("Done before"),
    "idempotency_in_flight": _("The same request is being worked on"),
    "idempotency_mismatch": _("The key belongs to another request"),
    "internal_error": _("Something went wrong on our side"),
    "invalid": _("Some values are not right"),
    "length_required": _("The length of the body must be stated"),
    "method_not_allowed": _("This address does not take that method"),
    "not_acceptable": _("The answer is JSON only"),
    "not_authenticated": _("No credentials were sent"),
    "named_twice": _("The same record is named twice"),
    "not_done": _("Not done"),
    "not_found": _("Nothing is here"),
    "parse_error": _("The body cannot be read"),
    "precondition_failed": _("The record has changed meanwhile"),
    "limit": _("There is no room for more"),
    "retired_field": _("The field is retired"),
    "samples_apart": _("Sample data and real records do not mix"),
    "stale": _("The record has changed meanwhile"),
    "too_large": _("The body is too large"),
    "too_many_requests": _("Too many requests"),
    "unavailable": _("Not available for the moment"),
    "external_taken": _("Another record has this number"),
    "unknown_field": _("There is no such field"),
    "unknown_ordering": _("The list cannot be sorted so"),
    "unknown_filter": _("There is no such filter"),
    "unknown_relation": _("There is no such relation"),
    "unknown_parameter": _("There is no such parameter"),
    "unsupported_media_type": _("That kind of body is not read here"),
}
OTHER = _("It cannot be done as asked")  # the same for every occurrence of a type: the sentence is the detail
CODES: dict[type[Exception], str] = {
    exceptions.ParseError: "parse_error",
    exceptions.AuthenticationFailed: "authentication_failed",
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
}
Fault = dict[str, Any]


def problem(
    code: str,
    detail: object,
    *,
    status: int,
    request_id: str = "",
    errors: Iterable[Mapping[str, Any]] = (),
    extra: Mapping[str, Any] | None = None,
) -> Fault:
    """A problem document."""
    return {
        "type": URN + code,
        "title": str(TITLES.get(code, OTHER)),
        "status": status,
        "detail": str(detail),
        "code": code,
        "request_id": request_id,
        "errors": [fault(error) for error in errors],
        **(extra or {}),
    }


def fault(error: Mapping[str, Any]) -> Fault:
    """One entry of `errors`; `allowed` only where something is."""
    return {
        key: str(value) if isinstance(value, Promise) else value
        for key, value in error.items()
        if key != "allowed" or value
    }


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to any failure of a request; what nobody foresaw is logged and told to the signal, then is a 500."""
    request = context["request"]
    refusal = not_read(error, context) or refusal_of(error)
    if refusal is None:
        got_request_exception.send(sender=None, request=request._request)
        logger.error("%s %s failed (%s)", request.method, request.path, request_id_of(request.META), exc_info=error)
        refusal = CrmError("internal_error", _("The failure has been recorded under this request id."), status=500)
    headers = {}
    if challenge := getattr(error, "auth_header", ""):
        headers["WWW-Authenticate"] = challenge
    if refusal.status == 503:
        headers["Retry-After"] = "2"
    if "retry_after" in refusal.details:
        headers["Retry-After"] = str(refusal.details["retry_after"])
    return answer(refusal, request.META, headers)


EXTRA = frozenset({"permission", "max", "version", "duplicates", "merged_into"})


def answer(refusal: CrmError, meta: Mapping[str, Any], headers: dict[str, str]) -> Response:
    """A refusal as a response."""
    details = dict(refusal.details)
    errors = errors_of(refusal.code, str(refusal.message), details)
    extra = {key: value for key, value in details.items() if key in EXTRA}
    body = problem(
        refusal.code, refusal.message, status=refusal.status, request_id=request_id_of(meta), errors=errors, extra=extra
    )
    return Response(body, status=refusal.status, headers=headers, content_type=MEDIA_TYPE)


def errors_of(code: str, message: str, details: Mapping[str, Any]) -> list[Fault]:
    """The list of single faults inside a refusal."""
    if "several" in details:
        return [fault for one in details["several"] for fault in errors_of(one.code, str(one.message), one.details)]
    if "errors" in details:
        return list(details["errors"])
    if code in ("stale", "precondition_failed"):
        return [
            {"pointer": f"/{name}", "code": "stale", "message": message, **both}
            for name, both in details.get("fields", {}).items()
        ]
    name = details.get("parameter") or details.get("field") or details.get("filter")
    if name or "allowed" in details or "pointer" in details:
        place = {"pointer": details["pointer"]} if "pointer" in details else {"parameter": str(name)} if name else {}
        return [{**place, "code": code, "message": message, "allowed": list(details.get("allowed", ()))}]
    return []


def not_read(error: Exception, context: Mapping[str, Any]) -> CrmError | None:
    """Where the kind of body is wrong, the refusal that tells the right ones."""
    if not isinstance(error, exceptions.UnsupportedMediaType):
        return None
    kinds = [one.media_type for one in context["view"].parser_classes]
    sentence = _("%(sent)s Send %(kinds)s.") % {"sent": error.detail, "kinds": ", ".join(kinds)}
    return CrmError("unsupported_media_type", sentence, status=415, parameter="Content-Type", allowed=kinds)


def refusal_of(error: Exception) -> CrmError | None:
    """The refusal behind an exception; None for what nobody foresaw."""
    if isinstance(error, CrmError):
        return error
    if isinstance(error, exceptions.APIException):
        return CrmError(CODES.get(type(error), "bad_request"), str(error.detail), status=error.status_code)
    if isinstance(error, ValidationError):
        return invalid(error)
    return of_django(error) or of_database(error)


def of_django(error: Exception) -> CrmError | None:
    """Django's own refusals."""
    if isinstance(error, Http404):
        return CrmError("not_found", _("There is nothing at this address."), status=404)
    if isinstance(error, PermissionDenied):
        return CrmError("forbidden", _("You may not do this."), status=403)
    if isinstance(error, RequestDataTooBig):
        return CrmError("too_large", _("The body is larger than this address takes."), status=413)
    if isinstance(error, (SuspiciousOperation, UnreadablePostError)):
        return CrmError("bad_request", _("The request cannot be understood."))
    return None


def of_database(error: Exception) -> CrmError | None:
    """What the database refuses: races are conflicts, odd values are the caller's, an outage is for later."""
    if isinstance(error.__cause__, CheckViolation):
        return CrmError("invalid", _("Some values are not right."), status=422, errors=[])
    if isinstance(error, IntegrityError):
        return CrmError(
            "conflict", _("Another record was written at the same moment and collides with this one."), status=409
        )
    if isinstance(error, DataError):
        return CrmError("bad_value", _("A value is out of the range that can be stored."))
    if isinstance(error, (OperationalError, InterfaceError)):
        logger.warning("the database did not answer: %s", error)
        return CrmError("unavailable", _("The database is busy. Try again in a moment."), status=503)
    return None


def invalid(error: ValidationError) -> CrmError:
    """Django's ValidationError, field by field."""
    fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    errors = [
        {"pointer": f"/{name}" if name else "", "code": "invalid", "message": message}
        for name, messages in fields.items()
        for message in messages
    ]
    return CrmError("invalid", _("Some values are not right."), status=422, errors=errors)
