"""A PubMed search, taken apart and carried out.

AND, OR and NOT have one rank and are applied from left to right; terms side by side are joined by AND. A term that is
not known is dropped and reported, and the rest is searched. A phrase that stands nowhere is searched as its words.
Not here, so that no test can rely on them: proximity, families of subheadings, #1 of the search history.
"""

import re
from dataclasses import dataclass

from pubmed_index import Index, Thesaurus
from pubmed_terms import Finder, Found, Notes, Term

LEXER = re.compile(
    r"""\s*(?:
    (?P<open>\() | (?P<close>\)) |
    "(?P<quoted>[^"]*)"? |
    \[(?P<tag>[^\]]*)\]? |
    (?P<operator>AND|OR|NOT)(?![^\s()"]) |
    (?P<number>\d[\d/]*)(?=\s*(?::|\[)) |
    (?P<colon>:) |
    (?P<word>[^\s()"\[\]]+)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Result:
    pmids: set[int]
    translation: str
    notes: Notes


def search(text: str, index: Index, thesaurus: Thesaurus) -> Result:
    finder = Finder(index, thesaurus)
    found = Query(text, finder).expression()
    if found is None:
        return Result(set(), f"({text.strip()})", finder.notes)
    return Result(found.pmids, found.said, finder.notes)


class Query:
    """The tokens of a search, read from left to right while terms are found."""

    def __init__(self, text: str, finder: Finder) -> None:
        matches = LEXER.finditer(text.strip())
        self.tokens = [(match.lastgroup, match[match.lastgroup]) for match in matches if match.lastgroup]
        self.finder = finder
        self.position = 0

    def expression(self, depth: int = 0) -> Found | None:
        left, operator, dropped = None, "AND", False
        while self.position < len(self.tokens):
            kind, value = self.tokens[self.position]
            if kind == "close" and depth:
                break
            if kind == "operator":
                operator = value
            if kind in ("operator", "close", "colon", "tag"):  # the last three are stray here
                self.position += 1
                continue
            right = self._operand(depth)
            if left and right:
                left = left.join(operator, right)
            elif not (dropped and operator == "NOT"):
                left = left or right
            dropped = dropped or right is None
            operator = "AND"
        return left

    def _operand(self, depth: int) -> Found | None:
        if self._take("open") is not None:
            inside = self.expression(depth + 1)
            self._take("close")
            return inside
        term = self._term()
        if self._take("colon") is None:
            return self.finder.find(term)
        last = self._term()
        return self.finder.between(term.text.strip(), last.text.strip(), last.tag or term.tag or "")

    def _term(self) -> Term:
        """Something in quotes, or all words up to a tag, a bracket or an operator."""
        quoted = self._take("quoted")
        words = []
        while quoted is None and (word := self._take("word", "number")) is not None:
            words.append(word)
        return Term(" ".join(words) if quoted is None else quoted, quoted is not None, self._take("tag"))

    def _take(self, *kinds: str) -> str | None:
        """The next token if it is of one of the kinds."""
        if self.position < len(self.tokens) and self.tokens[self.position][0] in kinds:
            self.position += 1
            return self.tokens[self.position - 1][1]
        return None
