"""Writes the package kith_client.nouns from an OpenAPI document: `python clients/python/generate.py [openapi.json]`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "tests" / "snapshots" / "openapi.json"
NOUNS = HERE / "src" / "kith_client" / "nouns"
HEAD = '''"""The noun {name} and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

{imports}


'''
ANSWERS = '''"""What answers hold that are no records. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

{imports}


'''
ALL = '''"""The nouns of Kith. Written by generate.py from the OpenAPI document; not by hand.

Money is decimal text with its currency beside it, moments are RFC 3339 text; writing takes Decimal, date, datetime
and UUID, too.
"""

from __future__ import annotations

{imports}
from kith_client.records import Records
from kith_client.transport import Transport


'''
IMPORTS = (
    ("from datetime import {}", ("date", "datetime")),
    ("from decimal import {}", ("Decimal",)),
    ("from typing import {}", ("Any", "Literal", "NotRequired", "TypedDict")),
    ("from uuid import {}", ("UUID",)),
)
ASKED_FOR = "included"  # of a record: there only where it was asked for
TOLD = "Told"  # answers that are no records end so
ANSWERED = (  # what the client's own methods answer
    "CallerTold", "ExportTold", "JobTold", "ModelPageTold", "PersonTold", "PredictionsTold", "RecommendationsTold",
    "RoleTold",
)  # fmt: skip
STRUCTURES = {"Where": "dict[str, Any]", "RuleActions": "list[dict[str, Any]]"}  # trees, for which types say little
LONGEST = 80  # characters of a type on one line
READ = {"integer": "int", "number": "float", "boolean": "bool", "string": "str", "object": "dict[str, Any]"}
WRITTEN = {
    "uuid": "str | UUID",
    "date-time": "str | datetime",
    "date": "str | date",
    "decimal": "str | int | Decimal",
}


def kind(schema: Mapping[str, Any], *, is_read: bool) -> str:
    """The Python type of a JSON schema."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return STRUCTURES.get(name, name)
    if "anyOf" in schema or "oneOf" in schema:
        kinds = [kind(one, is_read=is_read) for one in schema.get("anyOf") or schema["oneOf"]]
        return " | ".join(dict.fromkeys(kinds))
    if "enum" in schema and all(isinstance(one, str) for one in schema["enum"]):
        values = [json.dumps(one, ensure_ascii=False) for one in schema["enum"]]
        line = f"Literal[{', '.join(values)}]"
        return line if len(line) < LONGEST else "Literal[\n        " + ",\n        ".join(values) + ",\n    ]"
    names = schema.get("type", "any")
    found = [plain(name, schema, is_read=is_read) for name in ([names] if isinstance(names, str) else names)]
    return " | ".join(dict.fromkeys(found))


def plain(name: str, schema: Mapping[str, Any], *, is_read: bool) -> str:
    """The Python type of one JSON type."""
    if name == "null":
        return "None"
    if name == "array":
        return f"list[{kind(schema.get('items') or {}, is_read=is_read)}]"
    if name == "string" and not is_read and schema.get("format") in WRITTEN:
        return WRITTEN[schema["format"]]
    return READ.get(name, "Any")


def typed(name: str, schema: Mapping[str, Any], *, is_read: bool) -> Iterator[str]:
    """A TypedDict, and before it those of its parts."""
    lines = []
    for field, one in schema.get("properties", {}).items():
        inner = one.get("items", {}) if one.get("type") == "array" else {}
        if inner.get("properties"):
            part = f"{name}{field.rstrip('s').title().replace('_', '')}"
            yield from typed(part, inner, is_read=is_read)
            lines.append(f"    {field}: list[{part}]")
        else:
            found = kind(one, is_read=is_read)
            lines.append(f"    {field}: {f'NotRequired[{found}]' if field == ASKED_FOR else found}")
    needed = set(schema.get("required", ())) if name.endswith(TOLD) else set(schema.get("properties", {}))
    if is_read:
        names = schema.get("properties", {})
        lines = [line if name in needed else optional(line) for name, line in zip(names, lines, strict=True)]
    total = "" if is_read else ", total=False"
    what = "As it is read." if is_read else "As it is written; every field may be left out."
    yield f'class {name}(TypedDict{total}):\n    """{what}"""\n\n' + "\n".join(lines or ["    pass"]) + "\n"


def reached(schemas: Mapping[str, Any], names: Iterable[str]) -> set[str]:
    """These answers, and those that they hold."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name.endswith(TOLD) and name not in found:
            found.add(name)
            waiting += re.findall(r"#/components/schemas/(\w+)", json.dumps(schemas[name]))
    return found


def optional(line: str) -> str:
    """A field that an answer may lack."""
    name, _colon, found = line.partition(": ")
    return f"{name}: NotRequired[{found}]"


def nouns(document: Mapping[str, Any]) -> dict[str, str]:
    """The nouns of a document: the address of each, and the name of its type."""
    found = {}
    for path, methods in document["paths"].items():
        parts = path.strip("/").split("/")
        if len(parts) == 3 and {"get", "post"} <= methods.keys():
            made = meant(document, methods["post"]["responses"].get("201", {}))
            answer = made.get("content", {}).get("application/json", {})
            name = answer.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if f"{name}Input" in document["components"]["schemas"]:
                found[parts[2]] = name
    return found


def meant(document: Mapping[str, Any], one: Mapping[str, Any]) -> Mapping[str, Any]:
    """An answer, here or where it points."""
    if "$ref" not in one:
        return one
    found: Mapping[str, Any] = document["components"]["responses"][str(one["$ref"]).rpartition("/")[2]]
    return found


def imports_of(text: str) -> str:
    """The lines that a module's types need."""
    lines = []
    for line, names in IMPORTS:
        if used := [name for name in names if re.search(rf"\b{name}\b", text)]:
            lines.append(line.format(", ".join(used)))
    found = re.search(r"\bLink\b(?!\()", text) and "class Link(" not in text
    own = ["", "from kith_client.nouns.link import Link"] if found else []
    return "\n".join(lines + own)


def module(name: str, blocks: Iterable[str]) -> str:
    """One module of types."""
    text = "\n\n\n".join(block.rstrip("\n") for block in blocks) + "\n"
    return HEAD.format(name=name, imports=imports_of(text)) + text


def sources(document: Mapping[str, Any]) -> dict[str, str]:
    """Every module of the package by its file name."""
    schemas, found = document["components"]["schemas"], nouns(document)
    files = {"link.py": module("Link", typed("Link", schemas["Link"], is_read=True))}
    for slug, name in found.items():
        read = typed(name, schemas[name], is_read=True)
        written = typed(f"{name}Input", schemas[f"{name}Input"], is_read=False)
        files[f"{word(slug)}.py"] = module(name, [*read, *written])
    told = sorted(reached(schemas, ANSWERED))
    blocks = [block for name in told for block in typed(name, schemas[name], is_read=True)]
    text = "\n\n\n".join(block.rstrip("\n") for block in blocks) + "\n"
    files["answers.py"] = ANSWERS.format(imports=imports_of(text)) + text
    lines = sorted(f"from kith_client.nouns.{word(slug)} import {name}, {name}Input" for slug, name in found.items())
    surface = ['class Nouns:\n    """Every noun by its name."""\n\n    transport: Transport\n']
    surface += [
        f"    @property\n    def {word(slug)}(self) -> Records[{name}, {name}Input]:\n"
        f'        """The noun {name}."""\n        return Records(self.transport, "{slug}")\n'
        for slug, name in found.items()
    ]
    files["__init__.py"] = ALL.format(imports="\n".join(lines)) + "\n".join(surface)
    return files


def word(slug: str) -> str:
    """A noun's address as a name of Python."""
    return slug.replace("-", "_")


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENT
    NOUNS.mkdir(exist_ok=True)
    for old in NOUNS.glob("*.py"):
        old.unlink()
    for file, text in sources(json.loads(given.read_text(encoding="utf-8"))).items():
        (NOUNS / file).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{NOUNS}: {len(list(NOUNS.glob('*.py')))} files\n")
