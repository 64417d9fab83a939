"""What an OpenAPI document says more than once is said once, as a component, and pointed at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
OTHERWISE = "default"


def operations_of(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operation of a document."""
    for methods in document["paths"].values():
        yield from (about for method, about in methods.items() if method in METHODS)


def shared(document: Document) -> Document:
    """The same document with parameters and answers by reference, and one word on who may call at its head."""
    sign_in_once(document)
    parts = document.setdefault("components", {})
    parts["parameters"] = parameters_share(document)
    parts["responses"] = answers_share(document)
    return document


def sign_in_once(document: Document) -> None:
    """How callers are known is the same everywhere."""
    ways = [about.pop("security") for about in operations_of(document)]
    document["security"] = ways[0] if ways else []


def parameters_share(document: Document) -> dict[str, Any]:
    """Parameters that are said more than once: the commonest of a name bears it, others name their operation, too."""
    said = Counter(text_of(one) for about in operations_of(document) for one in about.get("parameters", ()))
    named: dict[str, str] = {}
    for text in [text for text, times in said.most_common() if times > 1]:
        named.setdefault(json.loads(text)["name"], text)
    found: dict[str, Any] = {}
    places: dict[str, str] = {}
    for about in operations_of(document):
        for at, one in enumerate(about.get("parameters", ())):
            text = text_of(one)
            if said[text] > 1:
                own = one["name"] if named[one["name"]] == text else f"{about['operationId']}.{one['name']}"
                name = places.setdefault(text, own)
                found[name] = one
                about["parameters"][at] = {"$ref": f"#/components/parameters/{name}"}
    return found


def answers_share(document: Document) -> dict[str, Any]:
    """Answers that are said more than once, by the operation and status where they are said first."""
    said = Counter(text_of(one) for about in operations_of(document) for one in about["responses"].values())
    found: dict[str, Any] = {}
    places: dict[str, str] = {}
    for about in operations_of(document):
        for status, one in about["responses"].items():
            text = text_of(one)
            if said[text] > 1:
                own = "Problem" if status == OTHERWISE else f"{about['operationId']}.{status}"
                name = places.setdefault(text, own)
                found[name] = one
                about["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return found


def meant(document: Document, one: dict[str, Any]) -> dict[str, Any]:
    """What a parameter or an answer says, here or where it points."""
    if "$ref" not in one:
        return one
    _hash, _components, kind, name = one["$ref"].split("/")
    found: dict[str, Any] = document["components"][kind][name]
    return found


def text_of(value: Any) -> str:
    """A value as text: alike where it says the same."""
    return json.dumps(value, sort_keys=True, default=str)
