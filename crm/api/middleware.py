"""The gate before everything else: request ids, Server-Timing, and a 400 for bytes that are no text."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from crm.api.bytes import is_sound_request
from crm.api.errors import MEDIA_TYPE, problem
from crm.api.tracing import Clock, request_id_make


class RequestGate:
    """Stands first in MIDDLEWARE and serves pages and API alike."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id, clock = request_id_make(request.META), Clock()
        if is_sound_request(request.META):
            with connection.execute_wrapper(clock):
                response = self.get_response(request)
        else:
            response = refused(request_id)
        response["X-Request-Id"], response["Server-Timing"] = request_id, clock.header()
        return response


def refused(request_id: str) -> HttpResponse:
    """The answer to bytes that are no text."""
    detail = _("The address, its query or a header holds bytes that are not text: a null character or invalid UTF-8.")
    body = problem("bad_request", detail, status=400, request_id=request_id)
    return HttpResponse(json.dumps(body), status=400, content_type=MEDIA_TYPE)
