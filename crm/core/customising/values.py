"""What records keep in a custom field, as a whole: counted, judged by another kind, searched, taken away for good."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crm.core.bulk import search_write
from crm.core.cleaning import Refused, json_value
from crm.core.custom.columns import KeptList, custom_of, kept
from crm.core.customising.judging import Judgement
from crm.core.models import CustomField, Record
from crm.core.plans import plan_of
from crm.core.registry import registry
from crm.core.services import search_of

MOST_DIFFERENT, EXAMPLES, CHUNK = 50_000, 3, 2000


def table_of(one: CustomField) -> str:
    """The table of the field's noun."""
    return registry[one.object_type].model._meta.db_table


def values_count(one: CustomField) -> int:
    """How many records keep a value, deleted ones included."""
    return registry[one.object_type].model._default_manager.filter(custom__has_key=one.key).count()


def values_remove(one: CustomField) -> None:
    """Take the field's values out of all records, for good."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table_of(one)}" SET custom = nullif(custom - %s, %s::jsonb) WHERE custom ? %s',  # noqa: S608
            [one.key, "{}", one.key],
        )


def kind_move(one: CustomField, after: CustomField, found: Judgement) -> None:
    """Bring stored values into the form of another kind; where one does not fit, say how many and which, and stop."""
    before, new = custom_of(one), custom_of(after)
    kept_values = (
        registry[one.object_type]
        .model._default_manager.filter(custom__has_key=one.key)
        .order_by()
        .values_list(KeptList("custom", key=one.key), flat=True)
        .distinct()[: MOST_DIFFERENT + 1]
    )
    moves: list[tuple[Any, Any]] = []
    misfits: list[Any] = []
    for value in kept_values:
        try:
            moves.append((value, kept(new.clean(loose(json_value(before.read(value)), new.spec.kind)))))
        except Refused:
            misfits.append(value)
    if len(moves) + len(misfits) > MOST_DIFFERENT:
        found.refuse("kind", "values", _("Too many different values are stored to judge them here."))
    elif misfits:
        shown = ", ".join(str(value)[:40] for value in misfits[:EXAMPLES])
        text = _("%(count)s stored values do not fit this kind, such as %(examples)s.")
        found.refuse("kind", "values", text % {"count": len(misfits), "examples": shown})
    else:
        values_replace(one, [(old, now) for old, now in moves if old != now])


def loose(value: Any, kind: str) -> Any:
    """A value as another kind may take it: a list of one is that one, a number or a truth is its text."""
    if isinstance(value, list):
        return value[0] if len(value) == 1 and kind != "choices" else value
    return str(value).lower() if isinstance(value, bool) else str(value)


def values_replace(one: CustomField, moves: list[tuple[Any, Any]]) -> None:
    """Put new forms in place of old ones; that is no change of the records, so no version and no fact of theirs."""
    if not moves:
        return
    pairs = [json.dumps(old) for old, _now in moves], [json.dumps(now) for _old, now in moves]
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table_of(one)}" AS row SET custom = jsonb_set(row.custom, ARRAY[%s], new.now) '  # noqa: S608
            "FROM unnest(%s::text[]::jsonb[], %s::text[]::jsonb[]) AS new(old, now) WHERE row.custom -> %s = new.old",
            [one.key, *pairs, one.key],
        )


def search_refill(label: str, key: str, after: UUID | None) -> UUID | None:
    """The next few records that keep a value are found by what is searched now; the last one's id, None at the end."""
    model: type[Record] = registry[label].model
    plan = plan_of(model)
    with transaction.atomic():
        rows = model._default_manager.filter(custom__has_key=key, **({"pk__gt": after} if after else {}))
        found = list(rows.defer("search").order_by("pk").select_for_update()[:CHUNK])
        plan.unpack(found)
        values = [{name: getattr(row, name) for name in plan.search_fields} for row in found]
        search_write(model, [(row.pk, search_of(plan, one)) for row, one in zip(found, values, strict=True)])
    return found[-1].pk if len(found) == CHUNK else None
