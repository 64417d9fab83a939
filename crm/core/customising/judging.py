"""Whether a field can be declared so: every problem at once, each with its pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel.numbers import list_currencies
from django.utils.translation import gettext as _

from crm.core.cleaning import UNSTORABLE
from crm.core.custom.columns import SEARCHABLE
from crm.core.models import CustomField
from crm.core.names import name_key
from crm.core.registry import CUSTOM, registry
from tenants.context import current

MOST_FIELDS, MOST_CHOICES = 200, 200
LENGTHS = {"label": 80, "help": 200}
NAME = re.compile(rf"{CUSTOM}[a-z0-9]+(_[a-z0-9]+)*\Z")
LONGEST_NAME, LONGEST_VALUE = 40, 60
SEPARATORS = re.compile("[,;\uff0c\uff1b\u3001]")
PEOPLE = "team.user"  # a link may lead to one of the team, who is no noun
MASKABLE = frozenset({"text", "long_text", "email", "phone", "url"})
FOUND_AT_ONCE = frozenset({"text", "email", "phone"})  # searched unless somebody says otherwise
CHOSEN = frozenset({"choice", "choices"})
FLAGS = ("is_required", "is_personal", "is_sensitive", "is_searchable")
POINTERS = {"is_required": "required", "is_personal": "personal", "is_sensitive": "sensitive"} | {
    "is_searchable": "searchable",
    "object_type": "object",
}
Choice = dict[str, Any]


@dataclass
class Judgement:
    """The values of a declaration as they will be kept, and what is wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, name: str, code: str, message: str, allowed: Sequence[str] = ()) -> None:
        """Note a problem."""
        found: dict[str, Any] = {"pointer": f"/{POINTERS.get(name, name)}", "code": code, "message": message}
        self.problems.append(found | ({"allowed": list(allowed)} if allowed else {}))


def slug_of(text: str) -> str:
    """A text as a name for programs: pinyin for Chinese, small letters, digits and single underscores."""
    return "_".join(re.findall(r"[a-z0-9]+", name_key(text)))


def text_judge(found: Judgement, name: str, value: Any, *, is_needed: bool) -> None:
    """A line of text."""
    limit = LENGTHS[name]
    if not isinstance(value, str):
        found.refuse(name, "type", _("Must be a text."))
        return
    text = value.strip()
    if UNSTORABLE.search(text):
        found.refuse(name, "characters", _("Holds characters that cannot be stored."))
    elif is_needed and not text:
        found.refuse(name, "required", _("Must not be empty."))
    elif len(text) > limit:
        found.refuse(name, "max_length", _("Longer than %(limit)s characters.") % {"limit": limit})
    else:
        found.values[name] = text


def flag_judge(found: Judgement, name: str, value: Any) -> None:
    """A yes or no."""
    if not isinstance(value, bool):
        found.refuse(name, "type", _("Must be true or false."))
    else:
        found.values[name] = value


def kind_judge(found: Judgement, value: Any) -> None:
    """One of the kinds."""
    if value not in CustomField.Kind.values:
        found.refuse("kind", "choice", _("There is no such kind of field."), CustomField.Kind.values)
    else:
        found.values["kind"] = str(value)


def name_judge(found: Judgement, given: Any, label: str, taken: set[str]) -> None:
    """The name for programs: as given, or made from the label; no field of the noun, retired ones included, has it."""
    if given in (None, ""):
        base = (CUSTOM + (slug_of(label) or "field"))[: LONGEST_NAME - 4].rstrip("_")
        numbered = (f"{base}_{number}" for number in range(2, MOST_FIELDS * 9))
        found.values["name"] = base if base not in taken else next(name for name in numbered if name not in taken)
    elif not isinstance(given, str) or len(given) > LONGEST_NAME or not NAME.match(given):
        text = _("Begins with x_, then small letters, digits and single underscores; at most %(limit)s characters.")
        found.refuse("name", "name", text % {"limit": LONGEST_NAME})
    elif given in taken:
        found.refuse("name", "not_unique", _("Another field of this noun, perhaps a retired one, has this name."))
    else:
        found.values["name"] = given


def kind_needs(found: Judgement, kind: str, given: Mapping[str, Any], before: Sequence[Choice]) -> None:
    """What only some kinds have: choices, a target, a currency, marks."""
    choices_judge(found, kind, given.get("choices"), before)
    target, currency = given.get("target") or "", given.get("currency") or ""
    nouns = [*(one.label for one in registry), PEOPLE]
    if kind == "link" and target not in nouns:
        found.refuse("target", "choice", _("A link leads to one of the nouns."), nouns)
    elif kind != "link" and target:
        found.refuse("target", "not_here", _("Only a link has a target."))
    else:
        found.values["target"] = target
    if kind != "money" and currency:
        found.refuse("currency", "not_here", _("Only money has a currency."))
    elif kind == "money" and currency and currency not in list_currencies():
        found.refuse("currency", "choice", _("There is no such currency."))
    else:
        found.values["currency"] = (currency or current().currency) if kind == "money" else ""
    marks_judge(found, kind)


def marks_judge(found: Judgement, kind: str) -> None:
    """Only texts can be masked or searched, and what is masked is not searched."""
    values = found.values
    if values.get("is_sensitive") and kind not in MASKABLE:
        found.refuse("is_sensitive", "not_here", _("Only texts can be sensitive."), sorted(MASKABLE))
    if values.get("is_searchable") and kind not in SEARCHABLE:
        found.refuse("is_searchable", "not_here", _("This kind of field is not searched."), sorted(SEARCHABLE))
    if values.get("is_searchable") and values.get("is_sensitive"):
        found.refuse("is_searchable", "not_here", _("What is sensitive is not searched."))


def choices_judge(found: Judgement, kind: str, given: Any, before: Sequence[Choice]) -> None:
    """The choices in their order: labels, or values with labels; those that are left out are retired, never lost."""
    if kind not in CHOSEN:
        if given:
            found.refuse("choices", "not_here", _("Only a choice has choices."))
        found.values["choices"] = []
        return
    if given is None and before:
        found.values["choices"] = list(before)
        return
    if not isinstance(given, (list, tuple)) or not 0 < len(given) <= MOST_CHOICES:
        found.refuse("choices", "choices", _("Give 1 to %(limit)s choices.") % {"limit": MOST_CHOICES})
        return
    choices = list(choices_read(found, given, {one["value"] for one in before}))
    named = {one["value"] for one in choices}
    left = [{**one, "is_retired": True} for one in before if one["value"] not in named]
    if len(named) < len(choices):
        found.refuse("choices", "not_unique", _("The same choice is named twice."))
    found.values["choices"] = [*choices, *left]


def choices_read(found: Judgement, given: Sequence[Any], known: set[str]) -> Iterator[Choice]:
    """Each choice with its stable value; a new one without a value gets one from its label."""
    taken = known | {str(one["value"]) for one in given if isinstance(one, Mapping) and one.get("value")}
    for at, one in enumerate(given):
        label = one if isinstance(one, str) else one.get("label") if isinstance(one, Mapping) else None
        value = one.get("value") if isinstance(one, Mapping) else None
        is_retired = bool(one.get("is_retired")) if isinstance(one, Mapping) else False
        if not is_line(label, LENGTHS["label"]) or not (value is None or is_value(value)):
            found.refuse(f"choices/{at}", "choices", _("A choice is a text, or a value and a label."))
            continue
        text = str(label).strip()
        yield {"value": value or value_free(text, taken), "label": text, "is_retired": is_retired}


def is_line(text: Any, limit: int) -> bool:
    """Whether it is a short text that can be stored."""
    return isinstance(text, str) and 0 < len(text.strip()) <= limit and not UNSTORABLE.search(text)


def is_value(text: Any) -> bool:
    """Whether it can name a choice: lists of choices are written with the signs that are not allowed."""
    return is_line(text, LONGEST_VALUE) and not SEPARATORS.search(text) and text == text.strip()


def value_free(label: str, taken: set[str]) -> str:
    """A value for a choice that no other has."""
    base = slug_of(label)[: LONGEST_VALUE - 5] or "choice"
    numbered = (f"{base}_{number}" for number in range(2, MOST_CHOICES + 2))
    value = base if base not in taken else next(one for one in numbered if one not in taken)
    taken.add(value)
    return value
