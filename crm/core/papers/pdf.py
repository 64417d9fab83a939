"""Papers as PDF, with a font that has Chinese in the file itself; loaded where somebody asks for one."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

import paperang_p2_fonts_cjk
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from crm.core.papers import Paper

FONT = "Micro Hei"
FILE = Path(paperang_p2_fonts_cjk.__file__).parent / "fonts" / "wqy-microhei.ttc"
INK, SOFT, RULE, ACCENT, BAND = map(HexColor, ("#1d273b", "#5c677d", "#dce1e7", "#0054a6", "#f4f6fa"))
CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
NO_GLYPH = "\u3013"  # the printers' sign for a character that the font lacks: a gap would be read over
PADDING = 6  # of the frame that the typesetter puts around a page's words
WIDTH = A4[0] - 36 * mm - 2 * PADDING
ONE_AT_A_TIME = Lock()  # a font counts the signs it has used while a document is drawn


@cache
def font() -> TTFont:
    """The font, read once a process."""
    found = TTFont(FONT, str(FILE))
    registerFont(found)
    return found


def paper_pdf(paper: Paper, *, is_dated: bool = True) -> bytes:
    """The file; without the moment in which it was made a same paper is the same file."""
    with ONE_AT_A_TIME:
        font()
        out = io.BytesIO()
        document = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=18 * mm,
            rightMargin=18 * mm,
            topMargin=18 * mm,
            bottomMargin=20 * mm,
            title=f"{paper.title} {paper.number}",
            author=paper.sender[0] if paper.sender else "",
            invariant=int(not is_dated),
        )
        document.build(story_of(paper), onFirstPage=foot(paper), onLaterPages=foot(paper))
        return out.getvalue()


def foot(paper: Paper) -> Any:
    """What stands at the end of every page."""

    def draw(canvas: Any, document: Any) -> None:
        canvas.setFont(FONT, 8)
        canvas.setFillColor(SOFT)
        canvas.drawString(18 * mm, 11 * mm, known(f"{paper.title} {paper.number}"))
        canvas.drawRightString(A4[0] - 18 * mm, 11 * mm, str(document.page))

    return draw


def known(text: str) -> str:
    """The text in signs that the font has."""
    glyphs = font().face.charToGlyph
    seen = (sign for sign in text if sign >= " " or sign == "\n")
    return "".join(sign if sign == "\n" or ord(sign) in glyphs else NO_GLYPH for sign in seen)


def words(text: str, size: float = 9.5, *, colour: Any = INK, align: int = 0, space: float = 0) -> Paragraph:
    """A paragraph; Chinese breaks between any two signs, other languages between words."""
    style = ParagraphStyle(
        "words",
        fontName=FONT,
        fontSize=size,
        leading=size * 1.45,
        textColor=colour,
        alignment=align,
        spaceAfter=space,
        wordWrap="CJK" if CHINESE.search(text) else None,
    )
    return Paragraph(escape(known(text)).replace("\n", "<br/>"), style)


def story_of(paper: Paper) -> list[Any]:
    """Everything, from top to bottom."""
    parts: list[Any] = [head_of(paper), Spacer(1, 9 * mm), meeting_of(paper), Spacer(1, 8 * mm), table_of(paper)]
    parts += [Spacer(1, 3 * mm), totals_of(paper)]
    if paper.standing:
        parts += [Spacer(1, 6 * mm), words(paper.standing, 10, colour=ACCENT)]
    for head, text in paper.texts:
        parts += [Spacer(1, 7 * mm), KeepTogether([words(head, 8.5, colour=SOFT, space=3), words(text, 9)])]
    return parts


def head_of(paper: Paper) -> Table:
    """What it is on the left, the sender's mark on the right, a rule below."""
    mark = words(paper.mark or (paper.sender[0] if paper.sender else ""), 15, colour=ACCENT, align=2)
    table = Table([[words(paper.title, 22), mark]], colWidths=[WIDTH * 0.5, WIDTH * 0.5])
    table.setStyle(plain(("LINEBELOW", (0, 0), (-1, 0), 1.2, ACCENT), ("BOTTOMPADDING", (0, 0), (-1, 0), 8)))
    return table


def meeting_of(paper: Paper) -> Table:
    """To whom, from whom, and the facts."""
    receiver = [words(line, 10.5 if at == 0 else 9.5) for at, line in enumerate(paper.receiver)]
    sender = [words(line, 8.5, colour=SOFT) for line in paper.sender]
    facts = Table(
        [[words(name, 8.5, colour=SOFT), words(value, 9)] for name, value in paper.facts] or [["", ""]],
        colWidths=[WIDTH * 0.13, WIDTH * 0.25],
    )
    facts.setStyle(plain(("BOTTOMPADDING", (0, 0), (-1, -1), 2)))
    table = Table([[receiver or "", sender, facts]], colWidths=[WIDTH * 0.32, WIDTH * 0.3, WIDTH * 0.38])
    table.setStyle(plain())
    return table


def table_of(paper: Paper) -> Table:
    """The lines; the head is said again on each page."""
    first = [words(text, 8.5, colour=SOFT, align=0 if at == 0 else 2) for at, text in enumerate(paper.heads)]
    rows = [[words(text, 9, align=0 if at == 0 else 2) for at, text in enumerate(row)] for row in paper.rows]
    others = [widest(column) for column in list(zip(paper.heads, *paper.rows, strict=True))[1:]]
    widths = [max(WIDTH - sum(others), WIDTH / 4), *others]
    table = Table([first, *rows], colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (-1, 0), BAND),
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
                ("LEFTPADDING", (0, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


def widest(column: tuple[str, ...]) -> float:
    """The room that a column of numbers takes."""
    return max(float(font().stringWidth(known(text), 9)) for text in column) + 12


def totals_of(paper: Paper) -> Table:
    """What it comes to; the last row is the one that counts."""
    last = len(paper.totals) - 1
    rows = [
        ["", words(name, 11 if at == last else 9, align=2), words(value, 11 if at == last else 9, align=2)]
        for at, (name, value) in enumerate(paper.totals)
    ]
    table = Table(rows, colWidths=[WIDTH * 0.5, WIDTH * 0.22, WIDTH * 0.28])
    table.setStyle(plain(("LINEABOVE", (1, last), (-1, last), 1, INK), ("TOPPADDING", (1, last), (-1, last), 5)))
    return table


def plain(*more: Any) -> TableStyle:
    """Nothing but the words."""
    rest = ("RIGHTPADDING", (0, 0), (-1, -1), 4)
    return TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), rest, *more])
