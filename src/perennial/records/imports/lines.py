"""Cutting a text of tagged lines into records: RIS, MEDLINE, Web of Science and EndNote differ only in a layout.

Platforms leave out the line that ends a record or the one that begins it, put counters, headings and links between
records, wrap fields with or without indentation, and leave blank lines inside. A line without a tag continues the field
before it, unless the record has ended.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from perennial.records.imports.pieces import Cut, Field, Piece
from perennial.records.text import one_line

COUNTER = re.compile(r"<?(\d{1,7})[.>):]?|(?:Record|Reference)\s*#?\s*(\d{1,7})\s+of\s+\d+", re.IGNORECASE)
HEADING = re.compile(r"(?:Database\s*:\s*(.*)|(?:Provider|Content)\s*:.*|%.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    tagged: Callable[[str], tuple[str, str] | None]
    """The tag and the text of a line that begins a field; None for any other."""
    places: Mapping[str, str]
    opens: str = ""
    """The tag that always begins a record."""
    closes: str = ""
    """The tag that ends one."""
    after_blank: frozenset[str] = frozenset()
    """Where blank lines part records: what begins one after such a line, beside any tag that the last one has."""
    once: frozenset[str] = frozenset()
    """Tags that no record has twice."""
    indented: bool = False
    """Lines that continue a field are indented; others after a blank line belong to no record."""
    outside: frozenset[str] = frozenset()
    """Tags of the file, not of a record."""
    joins: Callable[[str, str], str] = lambda tag, line: " "
    """What stands between the text of a field and a line that continues it."""


@dataclass
class _Tagged:
    tag: str
    text: str
    line: int
    more: list[tuple[int, str]] = field(default_factory=list)
    """The lines that continue it."""


@dataclass
class _Draft:
    headless: bool
    """It begins without the tag that should begin it."""
    adjoins: bool
    """It follows the end of the record before it without a blank line."""
    fields: list[_Tagged] = field(default_factory=list)
    end: int = 0
    """The line that ends it; 0 where there is none."""

    def has(self, tag: str) -> bool:
        return any(each.tag == tag for each in self.fields)

    @property
    def first(self) -> int:
        return self.fields[0].line

    @property
    def last(self) -> int:
        last = self.fields[-1]
        return self.end or (last.more[-1][0] if last.more else last.line)


def cut_lines(text: str, layout: Layout) -> Cut:
    lines = text.split("\n")
    drafts, between = _drafts(lines, layout)
    notes = []
    headless = [draft for draft in drafts if draft.headless]
    if headless:
        notes.append(_places(headless, f"without the line {layout.opens} that should begin it"))
    endless = [draft for draft in drafts if layout.closes and not draft.end]
    if endless:
        notes.append(_places(endless, f"without the line {layout.closes} that should end it"))
    pieces = []
    for draft in drafts:
        own = "\n".join(lines[draft.first - 1 : draft.last])
        fields = [Field(each.tag, layout.places.get(each.tag, ""), _whole(each, layout)) for each in draft.fields]
        pieces.append(Piece(draft.first, own, fields))
    stray = _read_headings(between, pieces)
    if stray:
        first = f"line {stray[0][0]}, {one_line(stray[0][1])[:80]!r}"
        notes.append(f"{len(stray)} lines that belong to no record were passed over (the first: {first})")
    return Cut(pieces, notes)


def _read_headings(between: list[tuple[int, str]], pieces: list[Piece]) -> list[tuple[int, str]]:
    """What the lines between records tell of the record after them: its number; its database, until they name another.

    The lines that tell nothing are given back.
    """
    stray, database, waiting = [], "", list(reversed(between))
    for piece in pieces:
        while waiting and waiting[-1][0] < piece.line:
            line, words = waiting.pop()
            if counter := COUNTER.fullmatch(words.strip()):
                piece.number = int(counter[1] or counter[2])
            elif heading := HEADING.fullmatch(words.strip()):
                database = one_line(heading[1] or "") or database
            else:
                stray.append((line, words))
        piece.database = database
    return stray + waiting[::-1]


def _drafts(lines: list[str], layout: Layout) -> tuple[list[_Draft], list[tuple[int, str]]]:
    """The records, and the lines between them."""
    drafts: list[_Draft] = []
    between: list[tuple[int, str]] = []
    current, blank = None, True
    for number, line in enumerate(lines, 1):
        if not line.strip():
            blank = True
            continue
        tag, text = layout.tagged(line) or ("", "")
        if tag in layout.outside:
            current = None
        elif not tag:
            stray = current is None or (layout.indented and blank and not line[0].isspace())
            (between if stray else current.fields[-1].more).append((number, line))
        elif tag == layout.closes:
            if current:
                current.end, current = number, None
        else:
            if current is None or _begins(tag, current, blank, layout):
                adjoins = bool(drafts) and drafts[-1].end > 0 and not blank
                current = _Draft(headless=bool(layout.opens) and tag != layout.opens, adjoins=adjoins)
                drafts.append(current)
            current.fields.append(_Tagged(tag, text, number))
        blank = False
    if layout.closes:
        for draft in drafts:
            if not draft.end:
                more = draft.fields[-1].more
                own = _own_lines(more, lines)
                between += more[own:]
                del more[own:]
    return _merged(drafts, layout), sorted(between)


def _own_lines(more: list[tuple[int, str]], lines: list[str]) -> int:
    """How many of the last lines of a record that does not end are its own; the heading of the next one is not."""
    own = len(more)
    while own and (COUNTER.fullmatch(more[own - 1][1].strip()) or HEADING.fullmatch(more[own - 1][1].strip())):
        own -= 1
    after_blank = own < len(more) and not lines[more[own][0] - 2].strip()
    return own if after_blank else len(more)


def _begins(tag: str, current: _Draft, blank: bool, layout: Layout) -> bool:
    """Whether a tag begins a record though the one before it has not ended."""
    if tag == layout.opens or (tag in layout.once and current.has(tag)):
        return True
    return blank and bool(layout.after_blank) and (tag in layout.after_blank or current.has(tag))


def _merged(drafts: list[_Draft], layout: Layout) -> list[_Draft]:
    """Fields that stand right after the end of a record belong to it (Ovid's NL), unless they bring a title."""
    merged: list[_Draft] = []
    for draft in drafts:
        titled = any(layout.places.get(each.tag) == "title" for each in draft.fields)
        if draft.headless and draft.adjoins and not titled:
            merged[-1].fields += draft.fields
            merged[-1].end = draft.last
        else:
            merged.append(draft)
    return merged


def _whole(each: _Tagged, layout: Layout) -> str:
    return each.text.strip() + "".join(layout.joins(each.tag, line) + line.strip() for _, line in each.more)


def _places(drafts: list[_Draft], lack: str) -> str:
    more = f" and {len(drafts) - 1} more" if len(drafts) > 1 else ""
    return f"the record on line {drafts[0].first}{more} stands {lack}"
