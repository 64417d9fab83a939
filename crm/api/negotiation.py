"""What the caller sends and takes: JSON in, JSON out, everything else refused by name."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

TAKEN = frozenset({"*/*", "application/*", "application/json", "application/problem+json"})


class JsonOnly(DefaultContentNegotiation):
    """Reads `Accept` with its weights; no `?format=`, no suffixes."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The one renderer, if the caller takes what it makes."""
        renderer = next(iter(renderers))
        if accepts(request.META.get("HTTP_ACCEPT", "") or "*/*"):
            return renderer, renderer.media_type or ""
        raise exceptions.NotAcceptable(available_renderers=[renderer])


def accepts(header: str) -> bool:
    """Whether an `Accept` header takes JSON: some range of it fits with a weight above zero."""
    for part in header.split(","):
        media, *options = (word.strip().lower() for word in part.split(";"))
        weight = next((word[2:] for word in options if word.startswith("q=")), "1")
        if media in TAKEN and weight.strip("0.") != "":
            return True
    return False
