"""The search language that ClinicalTrials.gov and Europe PMC share, as far as the servers here need it.

    large cell NOT "synthetic trial" OR (TITLE:lymphoma AND FIRST_PDATE:[2019-01-01 TO 2024-12-31])

Words side by side must all be there; NOT binds before AND, AND before OR.
"""

import re
from collections.abc import Callable
from typing import Any

LEXER = re.compile(
    r"""\s*(?:
    (?P<sign>[()]|(?:AND|OR|NOT)(?![^\s()])) |
    (?:(?P<field>\w+):)? (?: "(?P<phrase>[^"]*)" | \[(?P<first>\S+)\s+TO\s+(?P<last>\S+)\] | (?P<word>[^\s()"\[\]]+) )
    )""",
    re.VERBOSE,
)

Fits = Callable[[Any], bool]
"""Whether a record is found."""


class UnknownSyntax(ValueError):
    """A query that this language does not have."""


class Query:
    """A query, read once; the two functions say what a record's field holds (a field of no name is the whole)."""

    def __init__(
        self, text: str, holds: Callable[[Any, str, str], bool], within: Callable[[Any, str, str, str], bool]
    ) -> None:
        self.holds, self.within = holds, within
        self.tokens: list[re.Match] = []
        place = 0
        while text[place:].strip():
            found = LEXER.match(text, place)
            if not found:
                raise UnknownSyntax(f"cannot read the query at {text[place:]!r}")
            self.tokens.append(found)
            place = found.end()
        self.position = 0
        self.fits: Fits = self._any() if self.tokens else lambda record: True
        if self._sign:
            raise UnknownSyntax(f"unexpected {self._sign}")

    def _any(self) -> Fits:
        parts = [self._all()]
        while self._take("OR"):
            parts.append(self._all())
        return lambda record: any(part(record) for part in parts)

    def _all(self) -> Fits:
        parts = [self._one()]
        while self.position < len(self.tokens) and self._sign not in ("OR", ")"):
            self._take("AND")
            parts.append(self._one())
        return lambda record: all(part(record) for part in parts)

    def _one(self) -> Fits:
        if self._take("NOT"):
            negated = self._one()
            return lambda record: not negated(record)
        if self._take("("):
            inside = self._any()
            self._take(")")
            return inside
        if self.position == len(self.tokens) or self._sign:
            raise UnknownSyntax(f"a term is missing before {self._sign or 'the end'}")
        found = self.tokens[self.position]
        self.position += 1
        field, phrase = found["field"] or "", found["phrase"] or found["word"] or ""
        if found["first"]:
            return lambda record: self.within(record, field, found["first"], found["last"])
        return lambda record: self.holds(record, field, phrase)

    @property
    def _sign(self) -> str | None:
        """The bracket or operator that comes next, if one does."""
        return self.tokens[self.position]["sign"] if self.position < len(self.tokens) else None

    def _take(self, sign: str) -> bool:
        taken = self._sign == sign
        self.position += taken
        return taken


def plain(text: str) -> str:
    """The words of a text with a space before, between and after."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def contains(text: str, phrase: str) -> bool:
    """Whether the words of a phrase stand side by side in a text; a last * stands for any ending."""
    wanted = plain(phrase)
    return (wanted.rstrip() if phrase.endswith("*") else wanted) in plain(text)
