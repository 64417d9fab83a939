"""The calls of docs/authentication.md, one after the other, as they stand there."""

from __future__ import annotations

import base64
import re
import shlex
from pathlib import Path
from string import Template
from typing import Any

from django.test import Client
from oauth2_provider.models import RefreshToken

from crm.core.actors import SYSTEM
from crm.team.connections import app_create
from tenants.services import host_of
from tests.crm.team.asking import BACK, LIST, VERIFIER, Shop, code_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "authentication.md"
CALLS = re.findall(r"```console\n(curl .*?)\n```", PAGE.read_text(), re.DOTALL)


def call(host: str, text: str, **values: str) -> Any:
    """A call of curl with its variables filled in."""
    words = shlex.split(Template(text).substitute({"KITH": "", "BACK": BACK, "VERIFIER": VERIFIER, **values}))
    body = dict(word.split("=", 1) for at, word in enumerate(words) if words[at - 1] == "-d")
    credentials = base64.b64encode(words[words.index("-u") + 1].encode()).decode()
    return Client(HTTP_HOST=host, headers={"Authorization": f"Basic {credentials}"}).post(words[1], body)


def test_the_calls_of_the_page_work_in_their_order(tenant: Any, client_for: Any) -> None:
    host = host_of(tenant.slug)
    app, secret = app_create("Shop", actor=SYSTEM, scopes=["customers.*"], redirect_uris=[BACK])
    shop = Shop(app, secret, host)
    own = {"CLIENT_ID": app.application.client_id, "CLIENT_SECRET": secret}
    code = code_of(client_for("owner").post(shop.asking(), {"answer": "allow"}))
    redeem, refresh, revoke, itself = CALLS
    first = call(host, redeem, CODE=code, **own).json()
    second = call(host, refresh, REFRESH=first["refresh_token"], **own).json()
    assert shop.caller(second["access_token"]).get(LIST).status_code == 200
    assert call(host, revoke, REFRESH=second["refresh_token"], **own).status_code == 200
    assert not RefreshToken.objects.filter(application=app.application, revoked=None).exists()
    nightly, secret = app_create("Nightly", actor=SYSTEM, scopes=["customers.*"], acts_for_people=False)
    answer = call(host, itself, CLIENT_ID=nightly.application.client_id, CLIENT_SECRET=secret)
    assert answer.status_code == 200
    assert answer.json()["scope"] == "customers.*"
