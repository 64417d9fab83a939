"""Where one is logged in: every browser is listed, one or all others are logged out, nobody sees another's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from crm.team.models import User
from crm.team.sign_ins import BROWSERS, SYSTEMS, named

PAGE = "/settings/sign-ins/"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"


def browser(user: User, agent: str, address: str) -> Client:
    """A browser in which the person has opened a page."""
    client = Client(HTTP_HOST="tenant-a.localhost", HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    client.force_login(user)
    assert client.get(PAGE).status_code == 200
    return client


def is_in(client: Client) -> bool:
    """Whether the browser is still logged in."""
    return bool(client.get("/settings/").status_code == 200)


@pytest.fixture
def two(tenant: Any) -> tuple[Client, Client]:
    """A person at a desk and on the way."""
    user = User.objects.get(email="member@kith.test")
    return browser(user, CHROME, "203.0.113.5"), browser(user, IPHONE, "198.51.100.7")


def test_the_page_tells_every_browser_with_its_address(two: tuple[Client, Client]) -> None:
    text = two[0].get(PAGE).content.decode()
    for word in ("Chrome · Windows", "203.0.113.5", "Safari · iPhone", "198.51.100.7", "This browser"):
        assert word in text
    assert two[1].session.session_key not in text


def test_one_browser_is_logged_out_and_the_other_stays(two: tuple[Client, Client]) -> None:
    desk, phone = two
    id = desk.get(PAGE).content.decode().split('name="browser" value="')[1].partition('"')[0]
    assert desk.post(PAGE, {"browser": id}).status_code == 302
    assert (is_in(desk), is_in(phone)) == (True, False)
    assert desk.post(PAGE, {"browser": id}).status_code == 404


def test_all_others_are_logged_out_but_nobody_else(two: tuple[Client, Client], client_for: Any) -> None:
    desk, phone = two
    somebody = client_for("owner")
    assert desk.post(PAGE).status_code == 302
    assert (is_in(desk), is_in(phone), is_in(somebody)) == (True, False, True)


def test_nobody_sees_or_ends_the_browser_of_another(two: tuple[Client, Client], client_for: Any) -> None:
    desk, phone = two
    id = desk.get(PAGE).content.decode().split('name="browser" value="')[1].partition('"')[0]
    other = client_for("owner")
    assert "198.51.100.7" not in other.get(PAGE).content.decode()
    assert other.post(PAGE, {"browser": id}).status_code == 404
    assert is_in(phone)


def test_a_page_in_between_writes_nothing(two: tuple[Client, Client]) -> None:
    desk = two[0]
    before = desk.session["sign_in"]
    desk.get("/settings/")
    assert desk.session["sign_in"] == before


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (CHROME, ("Chrome", "Windows")),
        (IPHONE, ("Safari", "iPhone")),
        (CHROME + " Edg/131.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537.36 MicroMessenger/8.0", ("WeChat", "Android")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.6; rv:132.0) Gecko/20100101 Firefox/132.0", ("Firefox", "macOS")),
        ("curl/8.5.0", ("", "")),
    ],
)
def test_browsers_are_known_by_what_they_say(agent: str, told: tuple[str, str]) -> None:
    assert (named(BROWSERS, agent), named(SYSTEMS, agent)) == told
