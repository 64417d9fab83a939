"""How the tests of the pages make records and fill forms."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.registry import Resource, registry
from crm.core.services import record_save
from tests.examples import EXAMPLES

each = pytest.mark.parametrize("noun", list(registry), ids=lambda noun: noun.label)
editable = pytest.mark.parametrize(
    "noun", [noun for noun in registry if noun.label in EXAMPLES], ids=lambda noun: noun.label
)


def made(noun: Resource) -> UUID:
    """A record of a noun."""
    return record_save(noun.model, EXAMPLES[noun.label](), actor=SYSTEM)


def form_of(noun: Resource) -> dict[str, str]:
    """Valid values of a noun, as its form sends them."""
    return sent_as(noun, EXAMPLES[noun.label]())


def sent_as(noun: Resource, values: dict[str, Any]) -> dict[str, str]:
    """Values as a form sends them: a part's rows are numbered, a list is one text."""
    parts = {part.name for part in noun.parts}
    found = {}
    for name, value in values.items():
        if name in parts:
            found |= {f"{name}-{at}-{key}": str(one) for at, row in enumerate(value) for key, one in row.items()}
        elif noun.specs[name].kind == "json":
            found[name] = json.dumps(value)
        elif value is not None:
            found[name] = ", ".join(value) if isinstance(value, list) else str(value)
    return found


def shown_once(answer: Any, field: str) -> str:
    """What stands in a field that is shown once."""
    found = re.search(rf'id="{field}" value="([^"]+)"', answer.content.decode())
    assert found, answer.content.decode()[:2000]
    return found[1]
