"""Which encoding a text file is in, by looking at all of it: exports are mixed more often than one would like."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from crm.exchange.problems import file_refusal

PIECE = 1 << 20
SAMPLE = 1 << 18
LEGACY = ("gb18030", "big5", "cp1252", "shift_jis")
ENCODINGS = ("utf-8", "gb18030", "big5", "shift_jis", "cp1252", "utf-16")  # those that a person may choose
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CODECS = {"shift_jis": "cp932"}  # what programs of that country write under that name
HIGH_RUN = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True)
class Encoding:
    """The encoding of the file, and of the odd lines in it that are in another (`rest`, empty when there are none)."""

    name: str
    rest: str = ""

    @property
    def codec(self) -> str:
        """The name under which Python knows it."""
        return CODECS.get(self.name, self.name)

    @property
    def errors(self) -> str:
        """How bytes that do not belong are kept, so that the row that holds them can be mended or reported."""
        return "replace" if self.name.startswith(("utf-16", "utf-32")) else "surrogateescape"


def encoding_of(stream: BinaryIO, chosen: str = "") -> Encoding:
    """Look at a whole binary stream and rewind it; what a person chose is believed, but for a byte order mark."""
    stream.seek(0)
    head = stream.read(SAMPLE)
    if chosen:
        stream.seek(0)
        return chosen_encoding(head, chosen)
    found = by_mark(head) or by_zeros(head)
    if not found:
        stream.seek(0)
        found = by_lines(stream)
    stream.seek(0)
    return found


def chosen_encoding(head: bytes, chosen: str) -> Encoding:
    """The encoding that a person chose, in the variant that the file is written in."""
    if chosen not in ENCODINGS:
        raise file_refusal("unknown_encoding", allowed=", ".join(ENCODINGS))
    marked = by_mark(head)
    if marked and marked.name.startswith(chosen[:5]):
        return marked
    if chosen == "utf-16":
        return by_zeros(head) or Encoding("utf-16-le")
    return Encoding(chosen)


def by_mark(head: bytes) -> Encoding | None:
    """A byte order mark says it."""
    return next((Encoding(name) for mark, name in BOMS if head.startswith(mark)), None)


def by_zeros(head: bytes) -> Encoding | None:
    """UTF-16 without a mark: zero bytes, nearly all on one side of the pairs."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    name, line_end = ("utf-16-le", b"\n\x00") if odd > even else ("utf-16-be", b"\x00\n")
    few = (even + odd) * 20 < len(head) or max(even, odd) < (even + odd) * 0.9
    return None if few or head.count(line_end) * 3 <= head.count(b"\n") else Encoding(name)


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces that end with a line where lines are of a sane length."""
    while piece := stream.read(PIECE):
        yield piece + stream.readline(PIECE)


def by_lines(stream: BinaryIO) -> Encoding:
    """UTF-8 if its lines say so, with the rest named; else the likeliest of the old encodings."""
    good, bad, odd = 0, 0, bytearray()
    for piece in pieces(stream):
        if is_utf8(piece):
            good += not piece.isascii()
            continue
        for line in piece.splitlines(keepends=True):
            if line.isascii():
                continue
            if is_utf8(line):
                good += 1
            else:
                bad += 1
                odd += line[: SAMPLE - len(odd)] if len(odd) < SAMPLE else b""
    if not bad:
        return Encoding("utf-8")
    legacy = likeliest(bytes(odd))
    return Encoding("utf-8", rest=legacy) if good > bad else Encoding(legacy)


def is_utf8(data: bytes) -> bool:
    """Whether these bytes are UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def likeliest(data: bytes) -> str:
    """The old encoding under which the lines read best, each line with the same weight."""
    lines = [line for line in data.splitlines() if not line.isascii()]
    return max(LEGACY, key=lambda name: sum(max(score(line, name), 0.0) for line in lines))


def score(data: bytes, name: str) -> float:
    """Share of the non-ASCII characters that are common in texts of this encoding, less what cannot be decoded."""
    if name == "cp1252":
        runs = [len(run) for run in HIGH_RUN.findall(data)]
        return sum(1 for run in runs if run == 1) / max(sum(runs), 1)
    text = [c for c in data.decode(CODECS.get(name, name), "replace") if c > "\x7f"]
    broken = text.count("\ufffd")
    common = sum(1 for c in text if c != "\ufffd" and is_common(c, name))
    return (common - 3 * broken) / max(len(text), 1)


def is_common(char: str, name: str) -> bool:
    """Whether a character is in the everyday part of the character set of an encoding."""
    if name == "shift_jis":
        raw = char.encode("cp932", "ignore")
        return len(raw) == 2 and (0x82 <= raw[0] <= 0x83 or 0x88 <= raw[0] <= 0x97)
    raw = char.encode("gb2312" if name == "gb18030" else "big5", "ignore")
    last = 0xD7 if name == "gb18030" else 0xC6
    return len(raw) == 2 and 0xA1 <= raw[0] <= last
