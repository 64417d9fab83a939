"""What the logs keep of a request: neither what was asked for, nor a link that opens something."""

from __future__ import annotations

import io
import logging
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from gunicorn.config import Config
from gunicorn.http.wsgi import default_environ

from config.access_log import WebLogger
from config.launcher.application import commands_of
from config.log_paths import PathFilter, path_shown
from crm.team.models import User
from crm.team.services import reset_token
from crm.ui.feeds import feed_address
from tenants.views.entering import key_make

ID = "0190a7c4-9a57-7c3e-8d7e-5b1f0c2d3e4f"


def line_of(address: str, referer: str = "") -> str:
    """The line that the web server writes of a request, by its own configuration."""
    configured = Config()
    configured.set("accesslog", "-")
    log, told = WebLogger(configured), io.StringIO()
    log.access_log.handlers = [logging.StreamHandler(told)]
    request = SimpleNamespace(
        method="GET", uri=address, version=(1, 1), headers=[], query=address.partition("?")[2], path=address,
        body=io.BytesIO(), proxy_protocol_info=None,
    )  # fmt: skip
    environ: dict[str, Any] = default_environ(request, SimpleNamespace(), configured)
    environ |= {
        "REMOTE_ADDR": "192.0.2.1",
        "HTTP_REFERER": referer,
        "PATH_INFO": address,
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    answer = SimpleNamespace(status="200 OK", sent=17, headers=[])
    log.access(answer, request, environ, timedelta(seconds=1))
    return told.getvalue()


def test_a_line_says_who_asked_which_page_and_not_for_what() -> None:
    line = line_of(f"/api/v1/customers/{ID}/?name=Secret%20Sam", "http://a.test/?email=sam@a.test")
    assert f'"GET /api/v1/customers/{ID}/ HTTP/1.1" 200 17' in line
    assert line.startswith("192.0.2.1 ")
    assert "Secret" not in line
    assert "sam@" not in line


def test_no_link_that_is_its_own_proof_is_kept(tenant: Any) -> None:
    owner = User.objects.get(email="owner@kith.test")
    links = [
        f"/enter/{key_make(tenant, 'owner@kith.test')}/",
        reverse("ui:password-reset", args=[reset_token(owner)]),
        feed_address(owner),
        f"/mail/in/{ID}/0123456789abcdef0123456789abcdef01234567/",
        "/api/v1/customers/ext:shop:77",
        "/customers/Secret%20Sam",
    ]
    for link in links:
        last = link.rstrip("/").rpartition("/")[2]
        assert last not in line_of(link)
        assert path_shown(link).rstrip("/").endswith("/*")


@pytest.mark.parametrize("path", ["/", "/static/ui/kith.0a1B.css", "/t/lin-tea-2/deals/board/", "/api/v1/tasks/batch"])
def test_what_helps_to_find_a_fault_is_kept(path: str) -> None:
    assert path_shown(path) == path


def test_the_application_s_own_lines_name_no_token_either(tenant: Any, client_for: Any) -> None:
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.addFilter(PathFilter())
    logging.getLogger("django.request").addHandler(handler)
    try:
        assert client_for("owner").get("/password/SecretToken1/").status_code == 404
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert told.getvalue() == "Not Found: /password/*/\n"
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["paths"]


def test_the_web_server_writes_its_lines_so_wherever_it_runs() -> None:
    option = "--logger-class config.access_log.WebLogger"
    assert option in " ".join(commands_of(8000)["web"])
    image = (settings.BASE_DIR / "Dockerfile").read_text()
    assert option in re.sub(r'[",\s]+', " ", image)
