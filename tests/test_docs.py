"""What the documents promise is there: links, commands, variables, addresses, and every curl in them works."""
from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import get_commands
from django.test import Client

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Product
from tests.examples import EXAMPLES

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")
FENCE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
CODE = ("config", "tenants", "crm", "analytics")


def curls(page: Path) -> Iterator[str]:
    """Every call of curl in a page's fences, its continued lines joined."""
    for fence in FENCE.findall(page.read_text()):
        text = re.sub(r"\\\n\s*", " ", fence)
        yield from re.findall(r"^curl (?:[^'\n]|'[^']*')*", text, re.MULTILINE)


CALLS = [(page.name, call) for page in PAGES for call in curls(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert missing == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text())) - {"../architecture.md"}
    assert listed == {page.name for page in folder.glob("0*.md")}


def test_every_variable_of_the_front_page_is_read_somewhere() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]{3,})`", (ROOT / "README.md").read_text()))
    code = "".join(file.read_text() for folder in CODE for file in (ROOT / folder).rglob("*.py"))
    assert named
    assert [name for name in sorted(named) if f'"{name}"' not in code] == []


def test_every_variable_that_is_read_stands_on_the_front_page() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text()))
    page = (ROOT / "README.md").read_text()
    assert [name for name in sorted(read) if f"`{name}`" not in page] == []


def test_every_command_of_the_front_page_is_there() -> None:
    table = (ROOT / "README.md").read_text().partition("## Operate")[2]
    named = re.findall(r"^\| `(\w+)", table, re.MULTILINE)
    assert {"migrate_tenants", "refresh", "import_file"} <= set(named)
    assert set(named) <= get_commands().keys()


def test_the_walk_through_shows_the_noun_as_it_is() -> None:
    page = (ROOT / "docs" / "adding-a-model.md").read_text()
    resource, shown = registry["gadgets.gadget"], re.findall(r"^    (\w+) = (\([^)]*\))", page, re.MULTILINE)
    assert {name for name, _ in shown} >= {"fields", "columns", "filters", "sortable", "search", "keys"}
    for name, value in shown:
        words = tuple(re.findall(r'"(\w+)"', value))
        assert words == tuple(getattr(resource, name)), name


@pytest.mark.parametrize(("page", "call"), CALLS, ids=[f"{page} {n}" for n, (page, _) in enumerate(CALLS)])
def test_every_curl_works(tenant: Any, key_client: Callable[..., Client], page: str, call: str) -> None:
    method, address, data, form = parts_of(call)
    client, url = key_client(), urlsplit(address)
    path = re.sub(r"^(/t/demo)?", "", url.path) + (f"?{url.query}" if url.query else "")
    if form:
        file = SimpleUploadedFile("customers.csv", b"name,email\nLin Yi,lin@shop.example\n", "text/csv")
        answer = client.post(path, {**form, "file": file})
    else:
        answer = client.generic(method, path, data, "application/json")
    assert answer.status_code < 300, answer.content


def parts_of(call: str) -> tuple[str, str, str, dict[str, str]]:
    """Method, address, body and form of a call, with real records where the page says `<id>`."""
    words, form, method, address, data = shlex.split(call), dict[str, str](), "GET", "", ""
    for at, word in enumerate(words):
        if word == "-X":
            method = words[at + 1]
        elif word == "-d":
            data = words[at + 1]
        elif word == "-F":
            name, _, value = words[at + 1].partition("=")
            form[name] = value
        elif "/api/v1/" in word:
            address = word.replace("$KITH", "http://localhost")
    for label, model in (("customer", Customer), ("product", Product), ("id", Customer)):
        if f'"{label}": "<id>"' in data:
            example = EXAMPLES[model._meta.label_lower]()
            data = data.replace(f'"{label}": "<id>"', f'"{label}": "{record_save(model, example, actor=SYSTEM)}"')
    return method, address, data, form
