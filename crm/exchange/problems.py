"""Every code that an import can report, with sentence and remedy: stored as codes, read in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.core.errors import CrmError
from crm.core.registry import Resource

Text = str | Promise

FILES: dict[str, Text] = {
    "file_empty": _("The file is empty."),
    "file_too_large": _("The file is larger than %(limit)s."),
    "file_not_a_table": _("This is not a table that can be read: it looks like %(found)s. Save it as XLSX or CSV."),
    "file_damaged": _(
        "The file is damaged and cannot be opened. Open it in your spreadsheet program and save it again."
    ),
    "file_locked": _("The file is protected by a password. Remove the password and upload it again."),
    "file_unsafe": _("The file holds XML that spreadsheets never write; it was not opened."),
    "file_bomb": _("The file unpacks to much more than it should; it was not opened."),
    "file_too_wide": _(
        "A cell stands in column %(found)s; at most %(limit)s columns are read. Delete what is far to the right."
    ),
    "file_several": _("The archive holds %(count)s files. Upload them one at a time."),
    "file_nested": _("The archive holds another archive. Unpack it and upload the file inside."),
    "file_many_errors": _("More than %(limit)s cells hold formula errors. Correct the formulas and upload it again."),
    "file_no_sheet": _("The file has no such sheet."),
    "file_no_rows": _("No rows with data were found below the header."),
    "unknown_encoding": _("The encoding must be one of %(allowed)s."),
    "unknown_delimiter": _("The separator must be a comma, semicolon, tab or bar."),
}

ROWS: dict[str, tuple[Text, Text]] = {
    # rows that could not be read
    "encoding": (_("The characters of this row cannot be read."), _("Save the file as UTF-8.")),
    "unclosed_quote": (
        _("A quotation mark is opened and never closed, or stands inside the text."),
        _("Close the quotation mark or remove it."),
    ),
    "cell_too_large": (_("A cell of this row holds more text than any field can."), _("Shorten the cell.")),
    "not_an_object": (_("This line is no JSON object."), _("Write one object a line, with its names and values.")),
    "line_too_long": (_("This line is too long to be a row."), _("Check whether line breaks are missing.")),
    # rows that are not records
    "total_row": (_("This is a total, not a record."), _("Nothing to do.")),
    "footer_row": (_("This stands below the table; it is not a record."), _("Nothing to do.")),
    "title_row": (_("This stands above the header; it is not a record."), _("Nothing to do.")),
    "repeated_header": (_("The header stands here again."), _("Nothing to do.")),
    "extra_cells": (
        _("The row has more cells than the header; the rest was put into notes."),
        _("Check the delimiter."),
    ),
    # cells
    "digits_lost": (
        _("The spreadsheet has destroyed digits of this number (%(value)s)."),
        _("Format the column as text and enter the number again."),
    ),
    "phone": (_("“%(value)s” is not a phone number."), _("Enter the number with its area or country code.")),
    "email": (_("“%(value)s” is not an e-mail address."), _("Correct the address.")),
    "url": (_("“%(value)s” is not a web address."), _("Correct the address.")),
    "number": (_("“%(value)s” is not a number."), _("Enter digits only.")),
    "integer": (_("“%(value)s” is not a whole number."), _("Enter a whole number.")),
    "rounded": (
        _("%(value)s has more decimal places than its currency; it was rounded to %(rounded)s."),
        _("Nothing to do."),
    ),
    "date": (_("“%(value)s” is not a date."), _("Write it as 2024-03-05.")),
    "ambiguous_date": (
        _("Dates such as “%(value)s” can be read in two ways; they were read as %(order)s."),
        _("Say which it is in the answers of the choices when you send the file."),
    ),
    "number_taken": (
        _("Another record has the number %(value)s of %(source)s already."),
        _("Find out which of the two it belongs to."),
    ),
    "parts_inside": (
        _("“%(value)s” is left out: it stands inside of its record."),
        _("Send a file with a row for each."),
    ),
    "yes_no": (_("“%(value)s” is neither yes nor no."), _("Enter yes or no.")),
    "choice": (_("“%(value)s” is not one of the choices: %(allowed)s."), _("Use one of the choices.")),
    "choices_unknown": (
        _("Not among the choices, put into notes: %(value)s. The choices are: %(allowed)s."),
        _("Use the choices, or add what is missing to the field."),
    ),
    "country": (_("“%(value)s” is not a country that is known here."), _("Use the country's name or its two letters.")),
    "language": (_("“%(value)s” is not a language that is known here."), _("Use the language's name or its code.")),
    "currency": (_("“%(value)s” is not a currency."), _("Use three letters, such as CNY.")),
    "link": (_("No record was found for “%(value)s”."), _("Create it first, or correct its number.")),
    "too_long": (_("The text is longer than %(limit)s characters."), _("Shorten it.")),
    "required": (_("%(field)s is missing."), _("Fill in the cell.")),
    "formula_empty": (
        _("The cell holds a formula that was never computed."),
        _("Open the file in your spreadsheet program, save it and upload it again."),
    ),
    "excel_error": (_("The cell holds a spreadsheet error (%(value)s)."), _("Correct the formula.")),
    "control_removed": (_("Invisible control characters were removed."), _("Nothing to do.")),
    "second_value": (
        _("The cell held more than one value; the others were put beside it or into notes: %(rest)s."),
        _("Nothing to do."),
    ),
    # rows against each other and against what is stored
    "as_written": (_("Left as written and put into notes: %(value)s."), _("Nothing to do.")),
    "merged": (_("The same record as row %(row)s; what that row lacked was added to it."), _("Nothing to do.")),
    "merged_differs": (
        _("The same record as row %(row)s, but different in %(fields)s; row %(row)s was kept."),
        _("Check which of the two is right."),
    ),
    "same_key_other_name": (
        _("Shares its %(field)s with %(other)s, who has another name; stored as a record of its own."),
        _("Nothing to do if they share it, as families do."),
    ),
    "matches_several": (_("Several records have this %(field)s."), _("Merge them, or add a member number to the row.")),
    "group_differs": (
        _("Rows of %(group)s differ in %(field)s; the first was kept."),
        _("Check which of them is right."),
    ),
    "no_group": (_("The row does not say what it belongs to."), _("Fill in the cell.")),
    "stock_correction": (_("A correction of the stock: it has neither a price nor a customer."), _("Nothing to do.")),
    "mode_create": (_("The record exists already, and only new ones were wanted."), _("Nothing to do.")),
    "mode_update": (_("No such record exists, and no new ones were wanted."), _("Nothing to do.")),
    "undo_changed": (
        _("Kept at the undo: the record was changed since the import."),
        _("Delete it by hand if it is not wanted."),
    ),
    "undo_in_use": (_("Kept at the undo: other records point at it."), _("Delete it by hand if it is not wanted.")),
    "undo_taken": (
        _("Kept at the undo: another record has taken one of its old values since."),
        _("Give it its old values by hand if they are wanted."),
    ),
    "group_refused": (
        _("Not stored, because %(group)s was refused for another of its rows (%(reason)s)."),
        _("Correct that row."),
    ),
    "refused": (_("%(field)s: %(message)s"), _("Correct the cell.")),
}


SUMMARIES: dict[str, Text] = {  # of many rows at once, where the sentence above names one value
    "digits_lost": _("Digits destroyed by the spreadsheet"),
    "phone": _("Not a phone number"),
    "email": _("Not an e-mail address"),
    "url": _("Not a web address"),
    "number": _("Not a number"),
    "integer": _("Not a whole number"),
    "rounded": _("Amounts rounded to the decimal places of their currency"),
    "date": _("Not a date"),
    "ambiguous_date": _("Dates that can be read in two ways, read as is usual where the company is"),
    "number_taken": _("Numbers of other systems that another record has already"),
    "parts_inside": _("Parts inside of their record, left out"),
    "yes_no": _("Neither yes nor no"),
    "choice": _("Not one of the choices"),
    "choices_unknown": _("Words that are none of the choices, put into notes"),
    "country": _("Not a country that is known here"),
    "language": _("Not a language that is known here"),
    "currency": _("Not a currency"),
    "link": _("No record was found for what the row points at"),
    "too_long": _("Text too long for its field"),
    "required": _("Something that every record needs is missing"),
    "excel_error": _("Cells that hold a spreadsheet error"),
    "second_value": _("Second values, put beside the first or into notes"),
    "as_written": _("Left as written, put into notes"),
    "merged": _("The same record as an earlier row; what that row lacked was added"),
    "merged_differs": _("The same record as an earlier row, but not the same values; the earlier row was kept"),
    "same_key_other_name": _("A phone or address shared with somebody of another name; stored apart"),
    "matches_several": _("Several records have this phone or address"),
    "group_differs": _("Rows of one record that differ; the first was kept"),
    "group_refused": _("Not stored because of another row of the same record"),
    "refused": _("The value is not allowed"),
}


class Filled(dict[str, Any]):
    """Details of a problem; one that was not kept leaves no gap sign behind."""

    def __missing__(self, name: str) -> str:
        return ""


def file_refusal(code: str, **details: Any) -> CrmError:
    """The refusal of a whole file."""
    return CrmError(code, str(FILES[code]) % details, status=422, **details)


def sentence(code: str, details: Mapping[str, Any]) -> str:
    """What was wrong, in the language of now."""
    return str(ROWS[code][0]) % Filled(details)


def said(code: str, details: Mapping[str, Any], resource: Resource) -> str:
    """The sentence with fields under the names that people know them by."""
    plain = {name: named(resource, value) if name in ("field", "fields") else value for name, value in details.items()}
    return sentence(code, plain)


def named(resource: Resource, value: Any) -> str:
    """Field names as people know them."""
    specs = dict(resource.specs) | {
        name: spec for part in resource.parts for name, spec in part.specs.items() if name not in resource.specs
    }
    names = value if isinstance(value, list) else [value]
    return str(_(", ")).join(str(specs[name].label) if name in specs else str(name) for name in names)


def summary(code: str) -> str:
    """What was wrong with many rows at once."""
    return str(SUMMARIES[code] if code in SUMMARIES else ROWS[code][0])


def remedy(code: str) -> str:
    """What to do about it, in the language of now."""
    return str(ROWS[code][1])
