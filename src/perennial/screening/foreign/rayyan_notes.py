"""What Rayyan writes into the notes of an article.

    <own text> | RAYYAN-INCLUSION: {"A"=>"Included", "B "=>"Maybe"} | RAYYAN-LABELS: x,y |
    RAYYAN-EXCLUSION-REASONS: r,s | USER-NOTES: {"A"=>["first", "second"]}

Names and notes stand as Ruby prints them. Reasons and labels are of the article, not of a reviewer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from perennial.records.record import Record
from perennial.records.text import one_line

WORDS = {"included": "include", "excluded": "exclude", "maybe": "maybe"}
INCLUSION = "RAYYAN-INCLUSION"
SECTION = re.compile(r"(?:^|\|)\s*(RAYYAN-INCLUSION|RAYYAN-LABELS|RAYYAN-EXCLUSION-REASONS|USER-NOTES)\s*:")
QUOTED = r'"(?:[^"\\]|\\.)*"'
TEXT = re.compile(QUOTED)
ENTRY = re.compile(rf"\s*({QUOTED})\s*=>\s*({QUOTED}|\[\s*(?:{QUOTED}\s*(?:,\s*)?)*\])\s*(?:,|$)")
"""A name and what belongs to it: a decision, or a list of notes."""
ESCAPED = re.compile(r"\\(.)")
SPACES = {"n": " ", "r": " ", "t": " "}


@dataclass(frozen=True)
class Told:
    decisions: dict[str, str]
    """By the reviewer's name."""
    reasons: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    """The free text of reviewers, by name."""
    earlier: bool = False
    """Decisions of an earlier screening stand before: its export was brought into Rayyan again."""


def parted(record: Record) -> tuple[Record, str]:
    """The record with its own notes only, and what Rayyan wrote beside them."""
    own, told = [], []
    for tag, text in record.extra:
        found = SECTION.search(text)
        before = text[: found.start()].strip() if found else text
        own += [(tag, before)] if before else []
        told += [text[found.start() :]] if found else []
    return replace(record, extra=tuple(own)), " | ".join(told)


def told_by(text: str) -> Told:
    """What Rayyan wrote beside the notes of a record. Raises ValueError where it cannot be read."""
    found = list(SECTION.finditer(text))
    inclusions = [match.start() for match in found if match[1] == INCLUSION]
    found = [match for match in found if match.start() >= max(inclusions[1:], default=0)]
    ends = [*(match.start() for match in found[1:]), len(text)]
    sections = {match[1]: text[match.end() : end].strip() for match, end in zip(found, ends, strict=False)}
    return Told(
        _by_name(sections.get(INCLUSION, ""), _decision),
        _listed(sections.get("RAYYAN-EXCLUSION-REASONS", "")),
        _listed(sections.get("RAYYAN-LABELS", "")),
        _by_name(sections.get("USER-NOTES", ""), "; ".join),
        earlier=len(inclusions) > 1,
    )


def _by_name(section: str, meaning: Callable[[list[str]], str]) -> dict[str, str]:
    inner = section.removeprefix("{").removesuffix("}").strip()
    values: dict[str, str] = {}
    at = 0
    while at < len(inner):
        entry = ENTRY.match(inner, at)
        if not entry:
            raise ValueError(f"{inner[at : at + 80].strip()!r} is no name and what belongs to it")
        name = _plain(entry[1])
        if name in values:
            raise ValueError("two reviewers have one name")
        values[name] = meaning([_plain(text) for text in TEXT.findall(entry[2])])
        at = entry.end()
    return values


def _decision(words: list[str]) -> str:
    word = " ".join(words)
    if word.lower() not in WORDS:
        raise ValueError(f"{word!r} is none of Included, Excluded, Maybe")
    return WORDS[word.lower()]


def _plain(quoted: str) -> str:
    return one_line(ESCAPED.sub(lambda found: SPACES.get(found[1], found[1]), quoted[1:-1]))


def _listed(section: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(one_line, section.split(",")))))
