"""Delimited text, read strictly: a quote that is never closed costs its own line, not the five thousand behind it."""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO, cast

from crm.exchange.analysis import SheetInfo
from crm.exchange.problems import file_refusal
from crm.exchange.reading.encoding import CODECS, Encoding, encoding_of
from crm.exchange.reading.rows import Cell, Row, Unreadable

DELIMITERS = ",;\t|，"
MAX_LINE = 1 << 20
MAX_CELL = 1 << 17
MAX_LINES = 200
SEEN, AT_ONCE = 200, 500


class Lines:
    """Physical lines, with those of the record at hand remembered so that they can be read again."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self.stream, self.again = stream, deque[str]()
        self.taken: list[str] = []

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self.stream.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.taken.append(line)
        if len(line) >= MAX_LINE:
            self.drain(line)
            raise csv.Error("line_too_long")
        if len(self.taken) > MAX_LINES:
            raise csv.Error("unclosed_quote")
        return line

    def drain(self, line: str) -> None:
        """Throw away the rest of a line that is too long to keep."""
        while line and line[-1] not in "\r\n":
            line = self.again.popleft() if self.again else self.stream.readline(MAX_LINE)

    def ahead(self, delimiter: str) -> list[list[str]]:
        """The next records, while each is one sound line; where one is not, none, and all are to be read one by one."""
        lines = list(islice(iter(partial(self.stream.readline, MAX_LINE), ""), AT_ONCE))
        try:
            records = list(csv.reader(lines, delimiter=delimiter, strict=True))
        except csv.Error:
            records = []
        if len(records) != len(lines) or max(map(len, lines), default=0) >= MAX_LINE:
            self.again.extend(lines)
            return []
        return records

    def give_back(self) -> str:
        """Keep the first line of the record as lost, and read the others again."""
        first, *others = self.taken
        self.again.extendleft(reversed(others))
        self.taken.clear()
        return first


class DelimitedTable:
    """A CSV file or one of its cousins."""

    format = "csv"

    def __init__(self, stream: BinaryIO, encoding: str = "", delimiter: str = "") -> None:
        if delimiter and delimiter not in DELIMITERS:
            raise file_refusal("unknown_delimiter")
        self.stream = stream
        self.found: Encoding = encoding_of(stream, encoding)
        self.encoding, self.rest = self.found.name, self.found.rest
        self.sheets: list[SheetInfo] = []
        self.delimiter = delimiter or delimiter_of(self.head())

    def text(self) -> io.TextIOWrapper:
        """The stream from its start as text; line ends are left as they are."""
        self.stream.seek(0)
        return io.TextIOWrapper(Unclosed(self.stream), self.found.codec, self.found.errors, newline="")

    def head(self) -> list[str]:
        """The first lines."""
        text = self.text()
        return [line[:2000] for line in (text.readline(MAX_LINE) for _ in range(60)) if line.strip()]

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """Every record of the file, the broken ones as `Unreadable`."""
        for number, batch in self.batches():
            yield from enumerate(batch, number)

    def batches(self) -> Iterator[tuple[int, list[list[Cell] | Unreadable]]]:
        """The same, many at once, with the number of the first; a broken one stands alone."""
        lines, number = Lines(self.text()), 1
        suspect = self.found.rest or self.encoding not in ("utf-8", "utf-8-sig")
        while True:
            while records := lines.ahead(self.delimiter):
                found = [self.mended(cells) for cells in records] if suspect else records
                yield number, cast("list[list[Cell] | Unreadable]", found)
                number += len(records)
            if not lines.again:
                return
            for row in self.one_by_one(lines):
                one = self.mended(row) if suspect and isinstance(row, list) else row
                yield number, cast("list[list[Cell] | Unreadable]", [one])
                number += 1

    def one_by_one(self, lines: Lines) -> Iterator[list[str] | Unreadable]:
        """The records of the lines that are waiting, the broken ones as `Unreadable`."""
        while lines.again:
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            try:
                for cells in reader:
                    lines.taken.clear()
                    yield cells
                    if not lines.again:
                        return
            except csv.Error as error:
                yield unreadable(lines, error)

    def mended(self, cells: list[str]) -> list[Cell] | Unreadable:
        """A row of a file of several encodings: read in the other one, or reported."""
        joined = "".join(cells)
        if joined.isascii() or joined.isprintable():
            return cast("list[Cell]", cells)
        if "\ufffd" in joined:
            return Unreadable("encoding", joined[:SEEN])
        try:
            return [self.decoded(cell) for cell in cells]
        except UnicodeError:
            return Unreadable("encoding", joined.encode("utf-8", "replace").decode("utf-8")[:SEEN])

    def decoded(self, cell: str) -> Cell:
        """A cell whose undecodable bytes, if any, are read in the other encoding."""
        try:
            cell.encode("utf-8")
        except UnicodeEncodeError:
            if not self.found.rest:
                raise
            return cell.encode(self.found.codec, "surrogateescape").decode(CODECS.get(self.rest, self.rest))
        return cell


class Unclosed(io.BufferedReader):
    """The stream under a text wrapper that must not close it when it is forgotten."""

    def __init__(self, stream: BinaryIO) -> None:
        self.under = stream
        super().__init__(cast(io.RawIOBase, stream), 1 << 16)

    def close(self) -> None:
        """Leave the stream open: its owner closes it."""


def unreadable(lines: Lines, error: csv.Error) -> Unreadable:
    """Name what was wrong with the record at hand, and go on with the line behind it."""
    said = str(error)
    if said == "line_too_long":
        text = lines.taken[-1]
        lines.taken.clear()
        return Unreadable("line_too_long", clean_head(text))
    code = "cell_too_large" if "field larger" in said else "unclosed_quote"
    if not lines.taken:
        raise error
    return Unreadable(code, clean_head(lines.give_back()))


def clean_head(text: str) -> str:
    """The beginning of a line, without what a database cannot keep."""
    return text[:SEEN].rstrip("\r\n").replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def delimiter_of(lines: list[str]) -> str:
    """The delimiter under which most of the first lines have the same number of columns, and the most of them."""
    return max(DELIMITERS, key=lambda mark: regularity(lines, mark)) if lines else ","


def regularity(lines: list[str], mark: str) -> float:
    """Lines that agree on a number of columns above one, times that number's root."""
    widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=mark) if len(cells) > 1)
    if not widths:
        return 0.0
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
    return float(times * width**0.5)
