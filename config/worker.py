"""The web server's worker: what it cannot even parse is answered like every other refusal, by a problem document."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

MEDIA_TYPE, URN = "application/problem+json", "urn:kith:problem:"
SENTENCES: dict[int, tuple[str, str]] = {
    400: ("bad_request", "The request line, a header or the framing of the body cannot be read as HTTP."),
    403: ("forbidden", "This address may not speak for others."),
    414: ("too_large", "The address is longer than this server reads."),
    417: ("bad_request", "This server does not keep what Expect asks for."),
    431: ("too_large", "The headers are more or longer than this server reads."),
    500: ("internal_error", "The server failed before the request could be answered."),
    501: ("unsupported_media_type", "This transfer coding is not read here; send the body with a Content-Length."),
}
STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (errors.InvalidResponseHeader, 500),
    (errors.InvalidResponseHeaderName, 500),
    (errors.ConfigurationProblem, 500),
    (errors.LimitRequestLine, 414),
    (errors.LimitRequestHeaders, 431),
    (errors.ExpectationFailed, 417),
    (errors.ForbiddenProxyRequest, 403),
    (errors.UnsupportedTransferCoding, 501),
    (errors.ParseException, 400),
)


def status_of(error: Exception) -> int:
    """The status that an error of the parser is answered with; whatever else it is, the fault is ours."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def answer_to(status: int) -> bytes:
    """A whole answer; the connection ends with it, for nobody knows where the next request would begin."""
    code, detail = SENTENCES[status]
    request_id, reason = str(uuid.uuid4()), HTTPStatus(status).phrase
    problem = {"type": URN + code, "title": reason, "status": status, "detail": detail, "code": code}
    body = json.dumps({**problem, "request_id": request_id, "errors": []}).encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"X-Content-Type-Options: nosniff\r\nX-Request-Id: {request_id}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("latin-1") + body


class Worker(ThreadWorker):  # type: ignore[misc]  # a library without types
    """Threads, as gunicorn has them."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Say what was wrong: its kind to the log, a sentence to the caller."""
        status = status_of(exc)
        if status == 500:
            self.log.error("The request failed before it was answered", exc_info=exc)
        else:
            kind = type(exc).__name__  # the error's own words quote the request
            self.log.warning("A request from %s cannot be read: %s", (addr or ("",))[0], kind)
        try:
            util.write_nonblock(client, answer_to(status))
        except OSError:
            self.log.debug("The caller did not wait for the answer.")
