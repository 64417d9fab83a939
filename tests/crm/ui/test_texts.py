"""Nobody meets an untranslated text: every text of every app stands in its catalogue, whole."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from django.contrib.auth import password_validation

from tests.crm.ui.texts import APPS, CONTEXT, ROOT, catalogue_of, heads_of, texts_from, texts_of

AUTH = Path(password_validation.__file__).parent
HOLES = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
MARKUP = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<script.*?</script>|<!--.*?-->", re.S)
ATTRIBUTES = re.compile(r'(?:title|aria-label|placeholder|alt)="([^"{]*[A-Za-z]{3}[^"{]*)"')
# Names and signs that are the same in every language
CODE = ("curl", "https://shop.example", "(window.kith", "kith.push(")
SAME = {"Kith", "AUC", "Brier", "English", "Esc", "Ctrl K", "OK", "API", "HTTP", "webhook-id", *CODE}
apps = pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)


@apps
def test_every_text_is_in_the_catalogue(app: Path) -> None:
    known = catalogue_of(app)
    missing = sorted(text for text in texts_of(app) if text not in known or not known[text].string)
    assert not missing


@apps
def test_the_catalogue_holds_nothing_that_nobody_says(app: Path) -> None:
    borrowed = texts_of(AUTH)  # Django's own sentences, said better
    assert sorted(set(catalogue_of(app)) - texts_of(app) - borrowed) == []


@apps
def test_a_translation_keeps_what_is_filled_in(app: Path) -> None:
    wrong = []
    for text, message in catalogue_of(app).items():
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = message.id[-1] if isinstance(message.id, tuple) else message.id
        wrong += [text for one in said if set(HOLES.findall(one)) != set(HOLES.findall(wanted))]
    assert not wrong


def test_a_text_has_one_translation_in_all_catalogues() -> None:
    # Django lays the catalogues over one another: of two translations every page would say the first app's
    said = defaultdict[str, set[str | tuple[str, ...]]](set)
    for app in APPS:
        for text, message in catalogue_of(app).items():
            said[text].add(message.string)
    assert len(said) > 1000
    assert {text.replace(CONTEXT, ": "): every for text, every in said.items() if len(every) > 1} == {}


@apps
@pytest.mark.parametrize("name", ["django", "djangojs"])
def test_a_catalogue_names_a_text_once_and_leaves_none_empty(app: Path, name: str) -> None:
    heads, known = heads_of(app, name), catalogue_of(app, name)
    assert [head for head, count in Counter(heads).items() if count > 1] == []
    assert not heads or len(heads) == len(known) + 1, "every entry is read, and the head"
    said = {text: m.string if isinstance(m.string, tuple) else (m.string,) for text, m in known.items()}
    assert [text for text in known if known[text].fuzzy or not all(said[text])] == []


def test_the_scripts_speak_through_the_catalogue() -> None:
    known, keywords = catalogue_of(ROOT / "crm/ui", "djangojs"), {"_": None}
    for script in sorted((ROOT / "crm/ui/static").rglob("*.js")):
        for text in texts_from(script.read_text(encoding="utf-8"), "javascript", keywords):
            assert known[text].string, f"{script.name}: {text}"


@pytest.mark.parametrize(
    "template",
    sorted(ROOT.glob("*/templates/**/*.html")) + sorted(ROOT.glob("crm/*/templates/**/*.html")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_template_says_anything_outside_the_catalogue(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    text = re.sub(r"\{% blocktrans.*?endblocktrans\w* %\}", "", text, flags=re.S)
    bare = MARKUP.sub("", text)
    said = ATTRIBUTES.findall(bare) + re.sub(r"<[^>]*>", "\n", bare).splitlines()
    wrong = [line.strip() for line in said if re.search(r"[A-Za-z]{3}", line) and line.strip() not in SAME]
    assert not [line for line in wrong if not any(line.lstrip("· ").startswith(word) for word in SAME)]
