"""Fields as JSON Schema: what the OpenAPI document and `/schema` say of a noun, made from its specs."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from crm.core.including import OUTSIDE, relations_of
from crm.core.querying import MOST_CONDITIONS, OPS
from crm.core.registry import Part, Resource, registry
from crm.core.sorting import MOST_FIELDS
from crm.core.specs import FieldSpec

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
BY_KIND: dict[str, Schema] = {
    "email": {"type": "string", "format": "email"},
    "url": {"type": "string", "format": "uri"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "percent": {"type": "number"},
    "money": {"type": "string", "format": "decimal"},
    "yes_no": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "choices": {"type": "array", "items": {"type": "string"}},
    "json": {},
    "reference": {"type": "string", "format": "uuid"},
    "country": {"type": "string", "maxLength": 2},
    "currency": {"type": "string", "maxLength": 3},
}
POINTING = ("link", "reference")
LINK: Schema = {"$ref": "#/components/schemas/Link"}
SYSTEM: dict[str, Schema] = {"id": {"type": "string", "format": "uuid"}, "version": {"type": "integer", "minimum": 1}}


def ref(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def shape(name: str, schema: Schema) -> Schema:
    """A reference to a schema that many operations speak of, which stands in the document under this name."""
    SHARED[name] = schema
    return ref(name)


def or_null(schema: Schema) -> Schema:
    """The schema, or null."""
    if not schema:
        return {}
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    more = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [*kinds, "null"], **more}


def value_schema(spec: FieldSpec, field: models.Field[Any, Any]) -> Schema:
    """The type of one value that is not null."""
    if spec.kind in POINTING:
        return LINK
    if spec.kind == "choice":
        values = [value for value, _label in spec.choices]
        return {"type": "string", "enum": sorted({*values, *([""] if field.blank and not field.null else [])})}
    if isinstance(field, models.DecimalField):
        return BY_KIND["money"]
    schema = dict(BY_KIND.get(spec.kind, TEXT))
    if spec.items in BY_KIND:
        schema["items"] = BY_KIND[spec.items]
    if spec.max_length and schema.get("type") == "string" and "format" not in schema:
        schema["maxLength"] = spec.max_length
    return schema


def read_schema(spec: FieldSpec, field: models.Field[Any, Any]) -> Schema:
    """One field of an answer."""
    schema = value_schema(spec, field)
    schema = or_null(schema) if field.null or spec.kind in POINTING else schema
    return schema if "$ref" in schema or not schema else {**schema, "title": str(spec.label)}


def write_schema(spec: FieldSpec, field: models.Field[Any, Any]) -> Schema:
    """One field of a body: more forgiving than what is answered."""
    if spec.kind in POINTING:
        schema: Schema = {
            "type": ["string", "object", "null"],
            "format": "uuid",
            "description": " ".join(filter(None, (_("The id of a record."), spec.target))),
        }
    elif isinstance(field, models.DecimalField):
        schema = {"type": ["string", "number"], "format": "decimal"}
    else:
        schema = {
            key: value for key, value in value_schema(spec, field).items() if key != "format" or spec.kind != "url"
        }
    if field.blank and "null" not in schema.get("type", ()):
        schema = or_null(schema)
    return {**schema, "title": str(spec.label), **({"description": str(spec.help)} if spec.help else {})}


def fields_of(resource: Resource | Part) -> dict[str, tuple[FieldSpec, models.Field[Any, Any]]]:
    """The fields of a noun or a part, each with its column."""
    if isinstance(resource, Resource):
        return {name: (spec, resource.column(name)) for name, spec in resource.specs.items()}
    return {name: (spec, resource.model._meta.get_field(name)) for name, spec in resource.specs.items()}  # type: ignore[misc]  # columns only


EXTERNAL_ID: Schema = {
    "type": "object",
    "required": ["source", "id"],
    "properties": {"source": {"type": "string"}, "id": {"type": "string"}},
}


def record_schema(resource: Resource) -> Schema:
    """A record as it is answered."""
    own = {name: read_schema(*both) for name, both in fields_of(resource).items()} | structures(resource)
    parts = {part.name: {"type": "array", "items": part_schema(part)} for part in resource.parts}
    properties = {**SYSTEM, **own, **parts, "included": included_schema(resource)}
    return {"type": "object", "title": str(resource.name), "properties": properties, "required": ["id"]}


def structures(resource: Resource) -> dict[str, Schema]:
    """The fields that hold a condition, or another structure that the noun declares."""
    trees = [name for name in resource.conditions if resource.specs[name].kind == "json"]  # others hold an address
    found: dict[str, Schema] = {name: or_null(ref("Where")) for name in trees}
    for name, shape_of in resource.shapes.items():
        found[name] = shape(f"{resource.model.__name__}{name.title()}", dict(shape_of))
    return found


def included_schema(resource: Resource) -> Schema:
    """The related records beside a record: the one that it points at, the many that point at it."""
    found: dict[str, Schema] = {OUTSIDE: {"type": "array", "items": EXTERNAL_ID}}
    for name, relation in sorted(relations_of(resource.label).items()):
        record = ref(registry[relation.target].model.__name__)
        if relation.is_own:
            found[name] = {"anyOf": [record, {"type": "null"}]}
            continue
        found[name] = ref(f"{registry[relation.target].model.__name__}Beside")
    text = _("What include asks for, by the relation's name.")
    return {"type": "object", "title": _("Related records"), "properties": found, "description": text}


def beside_schema(record: str) -> Schema:
    """Records of a noun beside one that they point at."""
    return {
        "type": "object",
        "required": ["count", "results"],
        "properties": {"count": {"type": "integer"}, "results": {"type": "array", "items": ref(record)}},
    }


def part_schema(part: Part) -> Schema:
    """One row of a part as it is answered."""
    return {"type": "object", "properties": {name: read_schema(*both) for name, both in fields_of(part).items()}}


def input_schema(resource: Resource, *, partial: bool) -> Schema:
    """A record as it is sent."""
    own = {name: write_schema(*both) for name, both in fields_of(resource).items() if both[0].writable}
    own |= structures(resource)
    parts = {part.name: {"type": "array", "items": part_input(part)} for part in resource.parts}
    required = [name for name in own if resource.specs[name].required]
    return {
        "type": "object",
        "title": str(resource.name),
        "properties": {**own, **parts},
        "additionalProperties": False,
        **({"required": required} if required and not partial else {}),
    }


def part_input(part: Part) -> Schema:
    """One row of a part as it is sent."""
    fields = {name: both for name, both in fields_of(part).items() if both[0].writable}
    required = [name for name, (spec, _field) in fields.items() if spec.required]
    return {
        "type": "object",
        "properties": {name: write_schema(*both) for name, both in fields.items()},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def page_schema(record: str) -> Schema:
    """A page of a list."""
    return {
        "type": "object",
        "required": ["results", "next", "previous", "count", "count_is_exact"],
        "properties": {
            "count": {"type": ["integer", "null"]},
            "count_is_exact": {"type": ["boolean", "null"]},
            "next": {"type": ["string", "null"]},
            "previous": {"type": ["string", "null"]},
            "results": {"type": "array", "items": ref(record)},
        },
    }


SHARED: dict[str, Schema] = {
    "Link": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string", "format": "uuid"}, "title": TEXT, "label": TEXT},
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "request_id", "errors"],
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "code": TEXT,
            "request_id": TEXT,
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "pointer": TEXT,
                        "parameter": TEXT,
                        "code": TEXT,
                        "message": TEXT,
                        "allowed": {"type": "array", "items": TEXT},
                    },
                },
            },
        },
    },
    "Count": {
        "type": "object",
        "required": ["count", "count_is_exact"],
        "properties": {"count": {"type": "integer"}, "count_is_exact": {"type": "boolean"}},
    },
    "Where": {
        "description": '{"and": […]}, {"or": […]}, {"not": …} or {"field": …, "op": …, "value": …}',
        "anyOf": [
            {
                "type": "object",
                "title": "condition",
                "required": ["field", "value"],
                "additionalProperties": False,
                "properties": {"field": TEXT, "op": {"type": "string", "enum": sorted(OPS)}, "value": {}},
            },
            *(
                {
                    "type": "object",
                    "title": word,
                    "required": [word],
                    "additionalProperties": False,
                    "properties": {
                        word: {"type": "array", "minItems": 1, "maxItems": MOST_CONDITIONS, "items": ref("Where")}
                    },
                }
                for word in ("and", "or")
            ),
            {
                "type": "object",
                "title": "not",
                "required": ["not"],
                "additionalProperties": False,
                "properties": {"not": ref("Where")},
            },
        ],
    },
}


def in_list(schema: Schema, key: str = "results") -> Schema:
    """An answer that holds a list of them."""
    return {"type": "object", "required": [key], "properties": {key: {"type": "array", "items": schema}}}


def several(orders: list[str]) -> str:
    """The pattern of up to so many of these words, separated by commas."""
    one = f"({'|'.join(orders)})"
    return f"^{one}(,{one}){{0,{MOST_FIELDS - 1}}}$"
