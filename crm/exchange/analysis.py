"""What the surfaces and the engine say to each other about a file before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

NOTES = "+notes"
SKIP = "+skip"
CREATE = "+create"
EXTERNAL = "+external"
FIRST = "+first"
LAST = "+last"
NAMED = f"{EXTERNAL}:"  # before the name of a system: its numbers, beside those of others

ROW = "{row}"  # in a text that all rows say: the number of the row


@dataclass(frozen=True)
class SheetInfo:
    """A sheet that the file offers, with what its program does not show: the sheet itself, rows, columns (from 0)."""

    position: int
    name: str
    is_hidden: bool = False
    hidden_rows: int = 0
    hidden_columns: tuple[int, ...] = ()


@dataclass(frozen=True)
class Target:
    """What a column may become; `path` is `field`, `part.field`, `link.key`, `part.link.key` or a + word of above."""

    path: str
    label: str
    kind: str = ""
    required: bool = False


@dataclass(frozen=True)
class Column:
    """A column of the file and what is proposed for it; `why` is header, template, content or unknown."""

    position: int
    header: str
    target: str
    why: str
    confidence: float
    samples: tuple[str, ...] = ()
    filled: int = 0
    problems: int = 0
    is_hidden: bool = False
    kind: str = ""  # that a field of its own would have


@dataclass(frozen=True)
class Question:
    """The one thing that the file cannot answer itself, asked once per column."""

    column: int
    code: str
    text: str
    options: tuple[tuple[str, str], ...]
    default: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreviewRow:
    """A row as it was read, with what would be reported about it (sentences in the reader's language)."""

    row: int
    cells: tuple[str, ...]
    problems: tuple[str, ...] = ()
    is_refused: bool = False


@dataclass(frozen=True)
class Step:
    """One kind of change that cleaning makes: `key` switches it off, `column` is "" for what concerns whole rows."""

    key: str
    label: str
    column: str
    count: int
    examples: tuple[tuple[str, str], ...]
    is_off: bool = False


@dataclass(frozen=True)
class ReadinessPart:
    """A thing that a prediction needs, and whether the file has it."""

    label: str
    is_found: bool


@dataclass(frozen=True)
class Readiness:
    """What one prediction can do with the file."""

    name: str
    label: str
    question: str
    parts: tuple[ReadinessPart, ...]
    sentence: str

    @property
    def is_ready(self) -> bool:
        """Nothing is missing."""
        return all(part.is_found for part in self.parts)


@dataclass(frozen=True)
class ValueGuess:
    """Something that a column says and nobody knows: how often, and what may be meant, the likeliest first."""

    column: int
    value: str
    count: int
    near: tuple[str, ...] = ()
    is_sure: bool = False  # but for capitals, spaces and signs it is the first of them


@dataclass
class Choices:
    """What the person settled: `targets` and `answers` by column position; None means "as proposed"."""

    sheet: int = 0
    header_row: int | None = None
    targets: dict[int, str] = field(default_factory=dict)
    answers: dict[int, str] = field(default_factory=dict)
    mode: str = "both"
    create_links: bool = False
    values: dict[int, dict[str, str]] = field(default_factory=dict)  # by column: what a cell says → what is meant
    links: dict[int, str] = field(default_factory=dict)  # by column: create, refuse or empty where nothing is found
    source: str = ""  # the other system whose numbers the file holds
    encoding: str = ""  # "" is what the file looks like
    delimiter: str = ""
    off: tuple[str, ...] = ()  # steps of the cleaning that shall not be taken
    kinds: dict[int, str] = field(default_factory=dict)  # by column: the kind of the field that is made of it
    constants: dict[str, str] = field(default_factory=dict)  # what every row says and no column does, by field

    def to_json(self) -> dict[str, Any]:
        """As it is kept on the job."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Choices:
        """From the job, or from a request that was checked for unknown names."""
        targets, answers = ({int(k): str(v) for k, v in data.get(name, {}).items()} for name in ("targets", "answers"))
        values = {int(at): {str(k): str(v) for k, v in one.items()} for at, one in data.get("values", {}).items()}
        return cls(
            values=values,
            links={int(at): str(how) for at, how in data.get("links", {}).items()},
            source=str(data.get("source", "")),
            sheet=data.get("sheet", 0),
            header_row=data.get("header_row"),
            targets=targets,
            answers=answers,
            mode=data.get("mode", "both"),
            create_links=bool(data.get("create_links", False)),
            encoding=str(data.get("encoding", "")),
            delimiter=str(data.get("delimiter", "")),
            off=tuple(map(str, data.get("off", ()))),
            kinds={int(at): str(kind) for at, kind in data.get("kinds", {}).items()},
            constants={str(name): str(value) for name, value in data.get("constants", {}).items()},
        )


@dataclass
class Analysis:
    """All that the mapping page shows; `header_row` is the file's row number (from 1), 0 when it has no header."""

    format: str
    encoding: str
    delimiter: str
    sheets: list[SheetInfo]
    sheet: int
    header_row: int
    rows: int
    is_whole: bool
    columns: list[Column]
    targets: list[Target]
    questions: list[Question]
    preview: list[PreviewRow]
    worst: list[PreviewRow]
    warnings: list[str]
    notices: list[str] = field(default_factory=list)  # what is worth knowing and needs nothing to be done
    steps: list[Step] = field(default_factory=list)
    readiness: list[Readiness] = field(default_factory=list)
    refused: int = 0
    skipped: int = 0
    chosen_encoding: str = ""
    chosen_delimiter: str = ""
    values: list[ValueGuess] = field(default_factory=list)
    kept: str = ""  # the name of the kept mapping that is proposed
    source: str = ""  # the system that a file of ours says its numbers are of
    settled: Choices = field(default_factory=Choices)  # what that mapping says beside the targets

    def proposal(self) -> Choices:
        """What happens when the person just says yes."""
        sure: dict[int, dict[str, str]] = {}
        for guess in self.values:
            if guess.is_sure:
                sure.setdefault(guess.column, {})[guess.value] = guess.near[0]
        return Choices(
            encoding=self.chosen_encoding,
            delimiter=self.chosen_delimiter,
            values=sure | self.settled.values,
            links=self.settled.links,
            source=self.settled.source or self.source,
            mode=self.settled.mode,
            create_links=self.settled.create_links,
            off=self.settled.off,
            constants=self.settled.constants,
            sheet=self.sheet,
            header_row=self.header_row,
            targets={c.position: c.target for c in self.columns},
            answers={q.column: q.default for q in self.questions} | self.settled.answers,
        )
