"""A program of somebody else's that asks for access, as the tests of OAuth play it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from crm.team.models import ConnectedApp

BACK = "https://shop.example/back"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-in-length"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
LIST = "/api/v1/customers/?count=none"


class Shop:
    """A program of somebody else's: its credentials, and what it does with them."""

    def __init__(self, app: ConnectedApp, secret: str, host: str) -> None:
        self.app, self.secret, self.host = app, secret, host

    def asking(self, **changes: str) -> str:
        """The address that it sends people to."""
        query = {
            "response_type": "code", "client_id": self.app.application.client_id, "redirect_uri": BACK,
            "scope": "customers.view_customer customers.change_customer", "state": "s1", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256", **changes,
        }  # fmt: skip
        return "/oauth/authorize/?" + urlencode({name: value for name, value in query.items() if value})

    def ask(self, host: str = "", **body: str) -> Any:
        """A request to the token endpoint, with its own credentials unless others are given."""
        given = {"client_id": self.app.application.client_id, "client_secret": self.secret, **body}
        return Client(HTTP_HOST=host or self.host).post("/oauth/token/", {k: v for k, v in given.items() if v})

    def redeem(self, code: str, /, **changes: str) -> Any:
        """A code for tokens."""
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return self.ask(**{**body, **changes})

    def refresh(self, token: str, /, **changes: str) -> Any:
        """A refresh token for the next pair."""
        return self.ask(**{"grant_type": "refresh_token", "refresh_token": token, **changes})

    def caller(self, token: str, host: str = "") -> Client:
        """The API with a token."""
        return Client(HTTP_HOST=host or self.host, headers={"Authorization": f"Bearer {token}"})


def code_of(answer: Any) -> str:
    """The code in a redirect."""
    return parse_qs(urlsplit(answer["Location"]).query)["code"][0]
