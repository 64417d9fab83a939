"""What the OpenAPI document says of each kind of endpoint: one function a kind, for every noun."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from drf_spectacular.utils import OpenApiParameter

from crm.api import schemas
from crm.api.doubles import HEADER
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema, ref, several, shape
from crm.api.told import ErasedTold, PredictionsTold, RecommendationsTold
from crm.api.typed import listed, typed
from crm.core.privacy import PersonKnown
from crm.core.registry import Resource
from crm.core.rewinding import Past
from crm.core.specs import RANGE_KINDS
from crm.core.verbs import Verb

UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
FREE: Schema = {"type": "object"}
HISTORY = shape("History", listed(Past))
ASKED_AS_TEXT = ("link", "reference", "choices", "json")
SEARCH = shape(
    "Search",
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "where": ref("Where"),
            "search": {"type": "string"},
            "ordering": {"type": "string"},
            "fields": {"type": ["array", "string"], "items": {"type": "string"}},
            "include": {"type": ["array", "string"], "items": {"type": "string"}},
            "page_size": {"type": "integer", "minimum": 1, "maximum": 200},
            "cursor": {"type": "string"},
            "count": {"type": "string", "enum": ["none", "estimate", "exact"]},
        },
    },
)
REWIND = shape(
    "Rewind",
    {
        "type": "object",
        "required": ["event"],
        "additionalProperties": False,
        "properties": {
            "event": {"type": "integer", "minimum": 1},
            "fields": {"type": ["array", "null"], "items": {"type": "string"}},
        },
    },
)
EMPTY_BODY: Schema = {"type": ["object", "null"], "additionalProperties": False}


def path(name: str, schema: Schema, text: str = "") -> OpenApiParameter:
    """A parameter in the path."""
    return OpenApiParameter(name, schema, OpenApiParameter.PATH, required=True, description=text)


def query(name: str, schema: Schema, text: str = "", *, needed: bool = False) -> OpenApiParameter:
    """A parameter in the query."""
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=text, required=needed)


def if_match() -> OpenApiParameter:
    """The version that the caller read."""
    return OpenApiParameter(
        "If-Match",
        {"type": "string"},
        OpenApiParameter.HEADER,
        description=_("The ETag that you read; 412 if the record has changed."),
    )


def the_id() -> OpenApiParameter:
    """The record's id."""
    return path("id", UUID_TEXT)


def include() -> OpenApiParameter:
    """Related records beside each row."""
    text = _(
        "Relations with commas: links by their field, others by their address (orders). At most 20 rows of each. "
        "external_ids: how other systems call the record."
    )
    return query("include", {"type": "string"}, text)


def names(resource: Resource) -> tuple[str, str, str]:
    """The names of the components: record, input, page."""
    name = resource.model.__name__
    return name, f"{name}Input", f"{name}Page"


def components(resource: Resource) -> dict[str, Schema]:
    """The components of a noun."""
    record, given, page = names(resource)
    return {
        record: schemas.record_schema(resource),
        given: schemas.input_schema(resource, partial=False),
        f"{record}Patch": schemas.input_schema(resource, partial=True),
        page: schemas.page_schema(record),
        f"{record}Beside": schemas.beside_schema(record),
    }


def operation(
    resource: Resource, action: str, summary: str, answers: dict[int, Answer], *, may: tuple[str, ...], **more: Any
) -> Operation:
    """An operation on a noun, for whoever may do any of these things with it."""
    return Operation(
        id=f"{resource.slug.replace('-', '_')}_{action}",
        summary=summary,
        tag=resource.slug,
        answers=answers,
        components=partial(components, resource),
        permissions=tuple(resource.permission(one) for one in may),
        **more,
    )


def a_record(resource: Resource, text: str = "") -> Answer:
    """The answer that holds a record."""
    return Answer(text or str(resource.name), ref(names(resource)[0]))


def filters(resource: Resource) -> list[OpenApiParameter]:
    """The filters that a list's query takes, the commonest forms of each."""
    found = []
    for name, (spec, column) in schemas.fields_of(resource).items():
        if not spec.filterable:
            continue
        schema = {"type": "string"} if spec.kind in ASKED_AS_TEXT else schemas.value_schema(spec, column)
        found.append(query(name, {key: value for key, value in schema.items() if key != "maxLength"}, str(spec.label)))
        if spec.kind in RANGE_KINDS:
            found += [query(f"{name}__{bound}", {"type": "string"}) for bound in ("gte", "lte")]
    return found


def narrowing(resource: Resource) -> tuple[OpenApiParameter, ...]:
    """The parameters that say which records are meant."""
    tree = _("A tree of and, or, not over {field, op, value} as JSON, as in a search; filters must hold, too.")
    return (
        query("search", {"type": "string"}, _("Words, pinyin or initials.")),
        query("where", {"type": "string"}, tree),
        query("in_list", UUID_TEXT, _("Only members of this list.")),
        query("external_id", {"type": "string"}, _("By its number elsewhere: shop:1, or shop: for any of the shop.")),
        *filters(resource),
    )


def listing(resource: Resource) -> Operation:
    """GET of a list."""
    orders = [sign + name for name in resource.shape.sortable for sign in ("", "-")]
    own = (
        query("page_size", {"type": "integer", "minimum": 1, "maximum": 200}),
        query("cursor", {"type": "string"}, _("From next or previous.")),
        query("ordering", {"type": "string", "pattern": several(orders)}, _("Up to three names, separated by commas.")),
        query("fields", {"type": "string"}, _("Names, separated by commas.")),
        include(),
        query("count", {"type": "string", "enum": ["none", "estimate", "exact"]}),
        deleted(),
    )
    text = _(
        "Filters: field=value, or field__ne, __in, __gt, __gte, __lt, __lte, __contains, __starts, __empty; "
        "one link deep (link__field). Unknown names are refused with a list of those allowed."
    )
    if not resource.in_settings:
        text += " " + _("Once there are own records, those of the sample are left out unless is_sample is asked for.")
    return operation(
        resource,
        "list",
        pgettext("operation", "List"),
        {200: Answer(_("A page"), ref(names(resource)[2]))},
        may=("view",),
        description=text,
        parameters=(*own, *narrowing(resource)),
    )


def deleted() -> OpenApiParameter:
    """The deleted records instead of the others."""
    text = _("true: the deleted ones of the last thirty days, each with deleted_at, for who may delete and so restore.")
    return query("deleted", {"type": "string", "enum": ["true", "false"]}, text)


def creation(resource: Resource) -> Operation:
    """POST to a list."""
    return operation(
        resource,
        "create",
        _("Create"),
        {201: a_record(resource, _("Created"))},
        may=("add",),
        parameters=(doubles(), doubled()) if resource.alike else (),
        body=ref(names(resource)[1]),
    )


def doubles() -> OpenApiParameter:
    """Whether to make what seems to be there already."""
    text = _(
        "tell (the usual): the header Likely-Duplicates of the answer names the records that it seems to double, as "
        "<id>;certain or <id>;likely. refuse: 409 with them. allow: nothing is looked for."
    )
    return query("duplicates", {"type": "string", "enum": ["tell", "allow", "refuse"]}, text)


def doubled() -> OpenApiParameter:
    """The header of an answer that names what was doubled."""
    text = _("The records that the new one seems to double, the surest first: <id>;certain or <id>;likely.")
    return OpenApiParameter(HEADER, {"type": "string"}, OpenApiParameter.HEADER, description=text, response=[201])


def counting(resource: Resource) -> Operation:
    """GET of a count."""
    count = query("count", {"type": "string", "enum": ["estimate", "exact"]})
    return operation(
        resource,
        "count",
        _("Count"),
        {200: Answer(_("How many"), ref("Count"))},
        may=("view",),
        parameters=(count, deleted(), *narrowing(resource)),
    )


def searching(resource: Resource) -> Operation:
    """POST of a search."""
    text = _(
        "A tree of and, or, not over {field, op, value}; op is one of eq, ne, in, not_in, gt, gte, lt, lte, contains, "
        "starts, is_empty, between. Days may move: today, -7d, 30d, -3m, 1y; a person of the team may be me. "
        "Send next or previous as cursor to turn the page."
    )
    return operation(
        resource,
        "search",
        _("Search"),
        {200: Answer(_("A page"), ref(names(resource)[2]))},
        may=("view",),
        description=text,
        body=SEARCH,
    )


def one(resource: Resource, method: str) -> Operation:
    """GET, PATCH, PUT, DELETE of a record."""
    return by_method(resource, method, "", (the_id(),))


def external(resource: Resource, method: str, *, by_query: bool) -> Operation:
    """The same by an outside name."""
    text: Schema = {"type": "string", "minLength": 1}
    if by_query:
        return by_method(
            resource,
            method,
            "_by_name",
            tuple(OpenApiParameter(n, text, OpenApiParameter.QUERY, required=True) for n in ("source", "id")),
        )
    return by_method(resource, method, "_external", (path("source", text), path("value", text)))


def by_method(resource: Resource, method: str, suffix: str, place: tuple[OpenApiParameter, ...]) -> Operation:
    """An operation on one record, wherever it was found."""
    record = names(resource)[0]
    writing = (*place, if_match())
    if method == "GET":
        fields = query("fields", {"type": "string"}, _("Names, separated by commas."))
        text = _("An ETag; 304 if it still holds.")
        known = OpenApiParameter("If-None-Match", {"type": "string"}, OpenApiParameter.HEADER, description=text)
        answers = {200: a_record(resource), 304: Answer(_("Nothing has changed"))}
        asked = (*place, fields, include(), known)
        return operation(resource, f"read{suffix}", _("Read"), answers, may=("view",), parameters=asked)
    patch = ref(f"{record}Patch")
    if method == "DELETE":
        text = _("It can be restored for thirty days.")
        more: dict[str, Any] = {"parameters": writing, "description": text, "may": ("delete",)}
        return operation(resource, f"delete{suffix}", _("Delete"), {204: Answer(_("Deleted"))}, **more)
    if method == "PATCH":
        changed = {200: a_record(resource)}
        more = {"parameters": writing, "body": patch, "may": ("change",)}
        return operation(resource, f"change{suffix}", _("Change"), changed, **more)
    if suffix:
        text = _("Creates the record, changes what is named, or brings a deleted one back.")
        more = {"parameters": writing, "body": patch, "description": text, "may": ("add", "change")}
        kept = {200: a_record(resource, _("Changed")), 201: a_record(resource, _("Created"))}
        return operation(resource, f"upsert{suffix}", _("Create or change"), kept, **more)
    text = _("What is not named goes back to its default.")
    more = {"parameters": writing, "body": ref(f"{record}Input"), "description": text, "may": ("change",)}
    return operation(resource, "replace", _("Replace"), {200: a_record(resource)}, **more)


def restoring(resource: Resource) -> Operation:
    """POST of a restore."""
    more: dict[str, Any] = {"parameters": (the_id(),), "body": EMPTY_BODY, "may": ("delete",)}
    return operation(resource, "restore", _("Restore"), {200: a_record(resource)}, **more)


def history(resource: Resource) -> Operation:
    """GET of a record's history."""
    answers = {200: Answer(_("Events with their fields before and after"), HISTORY)}
    return operation(resource, "history", _("History of a record"), answers, may=("view",), parameters=(the_id(),))


def rewinding(resource: Resource) -> Operation:
    """POST of a rewind."""
    text = _(
        "Gives the record, or only some fields of it, the values that it had before an event of its history, "
        "as far as you may write them."
    )
    answers = {200: a_record(resource)}
    more: dict[str, Any] = {"parameters": (the_id(),), "body": REWIND, "description": text, "may": ("change",)}
    return operation(resource, "rewind", _("Go back to before an event"), answers, **more)


def acting(resource: Resource, verb: Verb) -> Operation:
    """POST of a verb."""
    inputs = {
        name: {"title": str(one.spec.label), **schemas.BY_KIND.get(one.spec.kind, schemas.TEXT)}
        for name, one in verb.inputs.items()
    }
    needed = [name for name, one in verb.inputs.items() if one.spec.required]
    body: Schema = {
        "type": "object" if needed else ["object", "null"],
        "properties": inputs,
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
    }
    return operation(
        resource,
        verb.name,
        str(verb.label),
        {200: a_record(resource)},
        may=(verb.name,),
        description=str(verb.description),
        parameters=(the_id(), if_match()),
        body=body,
    )


def predictions(resource: Resource) -> Operation:
    """GET of predictions."""
    answers = {200: Answer(_("Scores with reasons"), typed(PredictionsTold))}
    return operation(resource, "predictions", _("Predictions"), answers, may=("view",), parameters=(the_id(),))


def recommendations(resource: Resource) -> Operation:
    """GET of recommendations."""
    most = query("n", {"type": "integer", "minimum": 1, "maximum": 50})
    return operation(
        resource,
        "recommendations",
        _("Recommended products"),
        {200: Answer(_("Two lists with reasons"), typed(RecommendationsTold))},
        may=("view",),
        parameters=(the_id(), most),
    )


def disclosing(resource: Resource) -> Operation:
    """POST of a person's export."""
    text = _("Fields, related records, history, files it came from, scores; sensitive values in full.")
    return operation(
        resource,
        "export",
        _("Everything that is known about a person"),
        {200: Answer(_("A JSON file"), typed(PersonKnown)), 204: Answer(_("On trial: it could be told"))},
        may=("disclose",),
        description=text,
        parameters=(the_id(),),
        body=EMPTY_BODY,
    )


def erasing(resource: Resource) -> Operation:
    """POST of an erasure."""
    text = _("Values go from records, history, files and copies, for good; sums stay without a name.")
    reason: Schema = {"type": "string", "minLength": 1, "maxLength": 300}
    return operation(
        resource,
        "erase",
        _("Erase a person"),
        {200: Answer(_("How many records were emptied or removed"), typed(ErasedTold))},
        may=("erase",),
        description=text,
        parameters=(the_id(),),
        body={
            "type": "object",
            "required": ["reason"],
            "properties": {"reason": reason},
            "additionalProperties": False,
        },
    )
