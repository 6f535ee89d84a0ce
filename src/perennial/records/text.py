"""Texts of records made plain, and made comparable."""

import hashlib
import html
import re
import unicodedata

TAG = re.compile(r"""</?[A-Za-z][\w:.-]*(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+))*\s*/?>""")
"""A tag of HTML or XML; what stands between the signs of "P<or=0.05 and n>20" is none."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\u200b\u2060\ud800-\udfff]")
NO_KEY = re.compile(r"[^a-z0-9]+")
LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d"})


def one_line(text: str) -> str:
    """Composed letters, no control characters, one space between words."""
    composed = unicodedata.normalize("NFC", text)
    if composed.isprintable() and "  " not in composed:
        return composed.strip()
    return " ".join(CONTROL.sub(" ", composed).split())


def plain(text: str) -> str:
    """What a reader sees of a text that may hold HTML: tags go, entities become characters."""
    if "<" in text or "&" in text:
        text = TAG.sub("", html.unescape(TAG.sub("", text)))
    return one_line(text)


def key(text: str) -> str:
    """What two spellings of one text share: its Latin letters without accents, and its digits; in lower case.

    A text in another alphabet has the letters of that alphabet instead.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    latin = NO_KEY.sub("", decomposed)
    if latin or not text:
        return latin
    return "".join(letter for letter in decomposed if letter.isalnum())


def page_key(pages: str) -> str:
    """The first page: 229-39 and 229-239 are the same place; S12 is not 12."""
    return key(re.split(r"[-–—,;:]", pages.strip(), maxsplit=1)[0])


def digest(*parts: str) -> str:
    """Twenty hexadecimal digits that name the parts."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]
