"""HTML of strangers: what is shown of it, and what its words are. Nothing is loaded, nothing runs."""

from __future__ import annotations

import html as entities
import re

import nh3

MOST_HTML, MOST_TAGS, MOST_TEXT = 1 << 20, 20_000, 400_000
TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
DROPPED = {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math"}
SCHEMES = {"http", "https", "mailto", "tel"}
LINES = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\b[^>]*>", re.I)
SPACES, BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+"), re.compile(r"\n\s*\n\s*")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_bomb(markup: str) -> bool:
    """Whether a browser, or we, would choke on it."""
    return len(markup) > MOST_HTML or markup.count("<") > MOST_TAGS


def html_cleaned(markup: str) -> str:
    """The markup that may be shown: words, tables and links; no images, styles, forms or scripts."""
    if not markup or is_bomb(markup):
        return ""
    return nh3.clean(
        markup, tags=TAGS, attributes=ATTRIBUTES, clean_content_tags=DROPPED, url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )  # fmt: skip


def text_of_html(markup: str) -> str:
    """The words of a page, a line where it had one."""
    if is_bomb(markup):
        return ""
    plain = nh3.clean(LINES.sub("\n\\g<0>", markup), tags=set(), clean_content_tags=DROPPED)
    return BLANKS.sub("\n\n", SPACES.sub(" ", entities.unescape(plain))).strip()


def storable(text: str, most: int = MOST_TEXT) -> str:
    """Text without what no database keeps, cut where it is endless."""
    return UNSTORABLE.sub("\ufffd", text)[:most]


def one_line(text: str, most: int) -> str:
    """A header's text on one line."""
    return storable(" ".join(text.split()), most)
