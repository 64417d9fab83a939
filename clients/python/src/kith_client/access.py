"""Two ways to be let in: an API key, or an OAuth app that acts for itself."""

from __future__ import annotations

import time
from collections.abc import Generator

import httpx

TOKENS = "/oauth/token/"  # below the company's address
MARGIN = 30  # seconds before its end at which a token is no longer used


class ApiKey(httpx.Auth):
    """A key that was made in Settings → API keys."""

    def __init__(self, key: str) -> None:
        self.key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send it along."""
        request.headers["Authorization"] = f"Bearer {self.key}"
        yield request


class ClientCredentials(httpx.Auth):
    """An app of Settings → Connected apps: fetches a token when it needs one, and a new one when that is refused."""

    requires_response_body = True

    def __init__(self, client_id: str, client_secret: str, *, scope: str = "") -> None:
        self.client_id, self.client_secret, self.scope = client_id, client_secret, scope
        self._token, self._ends = "", 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Ask for a token if there is none in force; once more if it is refused."""
        if time.monotonic() > self._ends:
            self._keep((yield self._asking(request)))
        request.headers["Authorization"] = f"Bearer {self._token}"
        answer = yield request
        if answer.status_code == 401:
            self._keep((yield self._asking(request)))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _asking(self, request: httpx.Request) -> httpx.Request:
        root = str(request.extensions.get("kith_root", "")) or f"{request.url.scheme}://{request.url.netloc.decode()}"
        body = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        basic = httpx.BasicAuth(self.client_id, self.client_secret)
        return next(basic.auth_flow(httpx.Request("POST", root + TOKENS, data=body)))

    def _keep(self, answer: httpx.Response) -> None:
        if answer.status_code != 200:
            self._token, self._ends = "", 0.0
            return
        said = answer.json()
        self._token = said["access_token"]
        self._ends = time.monotonic() + float(said.get("expires_in", 300)) - MARGIN
