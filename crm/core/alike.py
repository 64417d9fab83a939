"""Which records of a noun may be the same one: one set of rules for forms, the API, files and the merge centre.

A value shared word for word (an e-mail, a telephone, a number) is enough by itself; a same name counts where something
else is the same, too. Names are compared as they are read: without case, accents and legal forms, Chinese by pinyin.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, F, Func, Q, QuerySet, TextField, Window
from django.db.models.functions import Lead, Left, Reverse, Right
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.cleaning import Refused
from crm.core.errors import CrmError
from crm.core.further import all_of, columns_of, having
from crm.core.models import Distinct
from crm.core.names import IS_CJK, WORD, folded, name_key
from crm.core.permissions import readable
from crm.core.plans import plan_of
from crm.core.registry import Alike, Resource, Row
from crm.core.samples import listed

Certainty = Literal["certain", "likely", "possible"]
ORDER: tuple[Certainty, ...] = ("certain", "likely", "possible")
MOST_CANDIDATES, MOST_FOUND, MOST_GROUPS, MOST_IN_GROUP = 200, 10, 500, 20
MOST_PAIRS, ALIKE_EDGE = 2000, 3  # of near names that are compared; so many letters they begin or end with
LEAST_SOUND = 6  # letters of a reading that is looked for
NEAR_ENOUGH = 0.7  # of the three-letter pieces of two names, how many they share
LEGAL = re.compile(
    r"\b(ltd|limited|llc|inc|incorporated|corp|corporation|co|company|gmbh|ag|sa|bv|plc|pty)\b"
    r"|股份有限公司|有限责任公司|有限公司|集团|公司"
)


@dataclass(frozen=True)
class Reason:
    """Why two records look alike: a field that both share, or what their names have in common."""

    code: Literal["same_value", "same_name", "same_sound", "near_name"]
    field: str
    text: str


@dataclass(frozen=True)
class Likeness:
    """A record that may be the same as what was asked about."""

    id: UUID
    title: str
    certainty: Certainty
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Group:
    """Live records that share one value: the first is the oldest."""

    certainty: Certainty
    reason: Reason
    rows: tuple[Row, ...]


def rules_of(resource: Resource) -> Alike:
    """The noun's rules; a noun without any has no duplicates."""
    if resource.alike is None:
        raise CrmError("not_found", _("There are no duplicates of these."), status=404)
    return resource.alike


def core_of(name: str) -> str:
    """A name without its legal form."""
    plain = folded(name)
    return " ".join(WORD.findall(LEGAL.sub(" ", plain))) or plain


def sound_of(name: str) -> str:
    """How a name is read, without the spaces that are put in it or not: 张伟, Zhang Wei, zhangwei."""
    return name_key(core_of(name)).replace(" ", "")


def pieces(text: str) -> set[str]:
    """The three-letter pieces of a text, its ends marked."""
    marked = f"  {text} "
    return {marked[at : at + 3] for at in range(len(marked) - 2)}


def nearness(one: str, other: str) -> float:
    """How much of two names is the same, 0 to 1: shared three-letter pieces of their cores (Dice's coefficient)."""
    a, b = pieces(name_key(core_of(one))), pieces(name_key(core_of(other)))
    return 2 * len(a & b) / (len(a) + len(b))


def likely(
    resource: Resource, values: Mapping[str, Any], *, actor: Actor, besides: UUID | None = None, most: int = MOST_FOUND
) -> list[Likeness]:
    """The records that may be the same as one with these values, the surest first, each with its reasons."""
    rules, known = rules_of(resource), {spec.name for spec in readable(resource, actor)}
    mine = {name: held for name in compared(resource, rules) & known if (held := said(resource, name, values, known))}
    rows = listed(resource.model, actor).exclude(pk__in=told_apart(besides))
    names = [resource.title, *columns_of(resource, (*rules.shared, *rules.near))]
    found: dict[UUID, Row] = {}
    for condition in candidates(resource, rules, mine, known):
        some = rows.filter(condition).order_by("pk").values("pk", *names)[:MOST_CANDIDATES]
        found |= {row["pk"]: row for row in some}
    hidden = set(resource.further.values()) - known
    judged = [one for row in found.values() if (one := judge(resource, mine, row | dict.fromkeys(hidden)))]
    return sorted(judged, key=lambda one: (ORDER.index(one.certainty), -len(one.reasons), str(one.id)))[:most]


def compared(resource: Resource, rules: Alike) -> set[str]:
    """The fields that are looked at."""
    return {resource.title, *rules.shared, *rules.near}


def said(resource: Resource, name: str, values: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """What is said of a field, as it would be kept; of one that there may be several of, all."""
    other = resource.further.get(name, "")
    given = values.get(other) if other in known else None
    more = re.split(r"[,;，；、]", given) if isinstance(given, str) else given if isinstance(given, list) else ()
    held = (as_kept(resource, name, one) for one in (values.get(name), *more))
    return list(dict.fromkeys(one for one in held if one))


def as_kept(resource: Resource, name: str, value: Any) -> str:
    """A value as a record would keep it; what no record could keep, as it is: a number half typed, a name too long."""
    try:
        return str(plan_of(resource.model).clean[name](value) or "")
    except (KeyError, Refused):
        return str(value or "").replace("\0", "").strip()


def candidates(
    resource: Resource, rules: Alike, mine: Mapping[str, Sequence[str]], known: Collection[str]
) -> Iterable[Q]:
    """Conditions by which an index finds what is worth comparing."""
    for name in rules.shared:
        if name in mine:
            yield having(resource, name, mine[name], known)
    for title in mine.get(resource.title, ()):
        yield Q(name_key=name_key(title))
        yield from (Q(search__words=words) for words in nearly(core_of(title)))
        if len(spoken := sound_of(title)) >= LEAST_SOUND:
            yield Q(search__words=spoken)  # Chinese is found by its pinyin in one word, too


def nearly(core: str) -> list[str]:
    """What to search for, so that a name with one word more, less or other is found."""
    words = core.split()
    if len(words) == 1 and IS_CJK.match(core) and len(core) > 4:
        return [core[:-2], core[2:]]
    if len(words) == 1:
        return [core] if len(core) > 2 else []
    long = sorted(words, key=len, reverse=True)[:4]
    return [" ".join(some) for some in combinations(long, len(long) - 1)]


def judge(resource: Resource, mine: Mapping[str, Sequence[str]], row: Row) -> Likeness | None:
    """What speaks for these two being the same, and how much; None where it is too little."""
    rules = rules_of(resource)
    held = {name: all_of(resource, name, row) for name in mine}
    shared = [reason_of(resource, name) for name in rules.shared if name in mine and same(mine[name], held[name])]
    near = [reason_of(resource, name) for name in rules.near if name in mine and same(mine[name], held[name])]
    title = str(row[resource.title])
    names = name_reason(resource, next(iter(mine.get(resource.title, ())), ""), title)
    exact = names is not None and names.code != "near_name"
    certainty: Certainty | None = None
    if shared:
        certainty = "certain" if names or len(shared) > 1 else "likely"
    elif names:
        certainty = "likely" if exact and near else "possible" if exact or near else None
    if certainty is None:
        return None
    reasons = (*shared, *([names] if names else []), *near)
    return Likeness(row["pk"], title, certainty, reasons)


def same(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether a value of one is a value of the other, case apart."""
    return not {text.casefold() for text in one}.isdisjoint(text.casefold() for text in other)


def reason_of(resource: Resource, name: str) -> Reason:
    """The same value in a field."""
    return Reason("same_value", name, _("the same %(field)s") % {"field": lowered(str(resource.specs[name].label))})


def lowered(label: str) -> str:
    """A label inside a sentence; abbreviations stay as they are."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def name_reason(resource: Resource, one: str, other: str) -> Reason | None:
    """What two names have in common."""
    if not one or not other:
        return None
    if core_of(one) == core_of(other):
        return Reason("same_name", resource.title, _("the same name"))
    if (sound := sound_of(one)) and sound == sound_of(other):
        return Reason("same_sound", resource.title, _("a name that is read the same"))
    if nearness(one, other) >= NEAR_ENOUGH:
        return Reason("near_name", resource.title, _("a similar name"))
    return None


# The merge centre


def groups(resource: Resource, *, actor: Actor, among: Collection[UUID] | None = None) -> list[Group]:
    """Live records that share a telling value, those of the same name, and near names with something else in common:
    the surest first; `among` names records of which each group has one."""
    rules, known = rules_of(resource), {spec.name for spec in readable(resource, actor)}
    found: dict[frozenset[UUID], Group] = {}
    for name in [one for one in rules.shared if one in known]:
        for group in by_value(resource, name, "", (actor, among)):
            found.setdefault(frozenset(row["id"] for row in group.rows), group)
    if resource.title in known:
        beside = next((n for n in rules.near if n in known), "")
        for group in (
            *by_value(resource, "name_key", beside, (actor, among)),
            *by_near(resource, beside, actor, among),
        ):
            found.setdefault(frozenset(row["id"] for row in group.rows), group)
    return sorted(found.values(), key=lambda group: ORDER.index(group.certainty))[:MOST_GROUPS]


def by_value(resource: Resource, name: str, beside: str, asked: tuple[Actor, Collection[UUID] | None]) -> list[Group]:
    """Groups of records with one value; of same names, those that have a second value in common are likely."""
    rows, rules = listed(resource.model, asked[0]), rules_of(resource)
    twice = rows.exclude(**{name: ""}).order_by().values(name).annotate(n=Count("pk"))
    if asked[1] is not None:
        twice = twice.filter(**{f"{name}__in": rows.filter(pk__any_of=asked[1]).values(name)})
    few = twice.filter(n__gt=1, n__lte=MOST_IN_GROUP).order_by("n", name)  # of hundreds it says little
    shared, known = few.values_list(name)[:MOST_GROUPS], {spec.name for spec in readable(resource, asked[0])}
    if (other := resource.further.get(name, "")) in known:
        shared = shared.union(*crossing(rows, name, other))
    values = {value for (value,) in shared}
    columns = dict.fromkeys([name, resource.title, "created_at", *columns_of(resource, (*rules.shared, *rules.near))])
    members: dict[str, list[Row]] = defaultdict(list)
    held = rows.filter(having(resource, name, values, known)) if values else rows.none()
    for row in held.order_by("created_at", "pk").values("id", *columns):
        for value in values.intersection(all_of(resource, name, row)):
            members[value].append(row)
    apart = pairs_apart([row["id"] for some in members.values() for row in some])
    made = [group_of(resource, name, beside, alike_only(some, apart)) for _value, some in sorted(members.items())]
    return [group for group in made if len(group.rows) > 1 and is_among(group.rows, asked[1])]


def is_among(rows: Iterable[Row], among: Collection[UUID] | None) -> bool:
    """Whether one of these is one of those that are asked about."""
    return among is None or any(row["id"] in among for row in rows)


def crossing(rows: QuerySet[Any], name: str, other: str) -> Iterable[QuerySet[Any]]:
    """The values that one record has first and another beside it, and those that two have beside it."""
    each = Func(F(other), function="unnest", output_field=TextField())
    lists = rows.exclude(**{other: []}).order_by().annotate(one=each)
    yield rows.order_by().filter(**{f"{name}__in": lists.values("one")}).values_list(name)[:MOST_GROUPS]
    yield lists.values("one").annotate(n=Count("pk")).filter(n__gt=1).values_list("one")[:MOST_GROUPS]


def by_near(resource: Resource, beside: str, actor: Actor, among: Collection[UUID] | None) -> list[Group]:
    """Pairs of near names that have a second value in common: neighbours in the order of their names, read forwards
    and backwards, so that what is compared grows with the records and not with their pairs."""
    if not beside:
        return []
    rows = listed(resource.model, actor).exclude(Q(name_key="")).exclude(**empty(resource, beside))
    pairs = {pair for backwards in (False, True) for pair in neighbours(rows, beside, among, backwards=backwards)}
    rules = rules_of(resource)
    columns = ("id", resource.title, "created_at", *columns_of(resource, (*rules.shared, *rules.near)))
    members = {row["id"]: row for row in rows.filter(pk__any_of={pk for pair in pairs for pk in pair}).values(*columns)}
    text = f"{_('a similar name')} · {reason_of(resource, beside).text}"
    apart, reason = pairs_apart(list(members)), Reason("near_name", resource.title, text)
    made = []
    for pair in pairs - apart:
        one, other = sorted((members[pk] for pk in pair), key=lambda row: (row["created_at"], row["id"]))
        if nearness(str(one[resource.title]), str(other[resource.title])) >= NEAR_ENOUGH:
            made.append(Group("possible", reason, (one, other)))
    return sorted(made, key=lambda group: str(group.rows[0]["id"]))[:MOST_GROUPS]


def empty(resource: Resource, name: str) -> dict[str, Any]:
    """The condition that a field says nothing."""
    return {f"{name}__isnull": True} if resource.specs[name].target else {name: ""}


def neighbours(
    rows: QuerySet[Any], beside: str, among: Collection[UUID] | None, *, backwards: bool
) -> Iterable[frozenset[UUID]]:
    """Records whose names follow each other and begin (backwards: end) alike, of those with the same second value."""
    key = Reverse("name_key") if backwards else F("name_key")
    order: dict[str, Any] = {"partition_by": [F(beside)], "order_by": [key.asc(), F("pk").asc()]}
    edge = Right if backwards else Left
    found = rows.order_by().annotate(
        next_key=Window(Lead("name_key"), **order),
        next_id=Window(Lead("pk"), **order),
        edge=edge("name_key", ALIKE_EDGE),
    )
    found = found.filter(next_key__isnull=False).exclude(next_key=F("name_key"))
    found = found.filter(edge=edge("next_key", ALIKE_EDGE))
    if among is not None:
        found = found.filter(Q(pk__any_of=among) | Q(next_id__any_of=among))
    return (frozenset(pair) for pair in found.values_list("pk", "next_id")[:MOST_PAIRS])


def group_of(resource: Resource, name: str, beside: str, rows: Sequence[Row]) -> Group:
    """A group with its reason."""
    if name != "name_key":
        return Group("likely", reason_of(resource, name), tuple(rows[:MOST_IN_GROUP]))
    values = {str(row[beside] or "").casefold() for row in rows} if beside else {""}
    is_near = len(values) == 1 and values != {""}
    texts = {core_of(str(row[resource.title])) for row in rows}
    reason = Reason("same_name", resource.title, _("the same name"))
    if len(texts) > 1:
        reason = Reason("same_sound", resource.title, _("a name that is read the same"))
    if is_near:
        reason = Reason(reason.code, reason.field, f"{reason.text} · {reason_of(resource, beside).text}")
    return Group("likely" if is_near else "possible", reason, tuple(rows[:MOST_IN_GROUP]))


def alike_only(rows: Sequence[Row], apart: set[frozenset[UUID]]) -> list[Row]:
    """A group without those of which somebody said that they are not the first one."""
    return [row for row in rows if frozenset((rows[0]["id"], row["id"])) not in apart]


# What people said


def told_apart(id: UUID | None) -> set[UUID]:
    """The record itself, and those of which somebody said that they are not it."""
    if id is None:
        return set()
    pairs = Distinct.objects.filter(Q(first_id=id) | Q(second_id=id)).values_list("first_id", "second_id")
    return {one for pair in pairs for one in pair} | {id}


def pairs_apart(ids: Sequence[UUID]) -> set[frozenset[UUID]]:
    """All that was said of these records."""
    pairs = Distinct.objects.filter(first_id__in=ids, second_id__in=ids).values_list("first_id", "second_id")
    return {frozenset(pair) for pair in pairs}
