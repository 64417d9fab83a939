"""A card as a picture: some lines of words beside a band of colour; loaded where somebody asks for one."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from crm.core.papers.pdf import FILE

SIZE, BAND, LEFT, COLOURS = (640, 384), 18, 56, 32
INK, PAPER = "#1d273b", "#fdfcf8"


def card_picture(lines: Sequence[tuple[str, int, int]], band: str) -> bytes:
    """A PNG: each line with the height of its letters and where it stands; the first is in the colour of the band."""
    picture = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, BAND, SIZE[1]), fill=band)
    for at, (text, height, top) in enumerate(lines):
        draw.text((LEFT, top), text, font=ImageFont.truetype(str(FILE), height), fill=INK if at else band)
    out = io.BytesIO()
    picture.quantize(COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()
