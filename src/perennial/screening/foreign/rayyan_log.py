"""Rayyan's customizations_log.csv: who set which decision, reason or label on which article, and when.

Every decision is kept, changed and withdrawn ones as well; the last of a reviewer is the one that counts. Reasons and
labels are set one by one, before or after the decision that they belong to: a decision has those that its reviewer had
set on the article by the time of his or her next decision on it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from perennial.records.imports.decoding import decode
from perennial.records.imports.rows import Row, text_rows
from perennial.records.reading import SetAside
from perennial.records.text import one_line
from perennial.screening.foreign.decision import day_of

NEEDED = {"created_at", "user_id", "article_id", "key", "value"}
DECISIONS = {"1": "include", "0": "maybe", "-1": "exclude", "deleted": "withdrawn"}
REASON = "__EXR__"
LATER_STAGE = re.compile(r"(.*?)__SYSTEM__STAGE__\d+")
"""The key of a decision at a stage after titles and abstracts; without a name before it, the move to that stage."""


@dataclass(frozen=True)
class Event:
    at: str
    user: str
    article: str
    kind: str
    """decision, reason, label, or moved (to a later stage)."""
    text: str
    """What was decided, or the reason or label."""
    holds: bool
    """Set, or taken away again."""
    later_stage: bool


@dataclass(frozen=True)
class Vote:
    user: str
    day: str
    later_stage: bool
    decision: str
    reasons: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """Of one article."""

    votes: list[Vote]
    """In the order of time."""
    labels: tuple[str, ...]
    reasons: tuple[str, ...]
    """What it has in the end from users who did not decide."""


@dataclass(frozen=True)
class Log:
    articles: dict[str, History]
    """By Rayyan's number, in the order of the log."""
    staged: bool
    """The review has a stage after titles and abstracts."""
    set_aside: list[SetAside]


def is_log(data: bytes) -> bool:
    return set(_header(decode(data[:1000])[0].split("\n")[0])) >= NEEDED


def _header(line: str) -> list[str]:
    return [name.strip(' "') for name in line.split(",")]


def read_log(data: bytes, name: str, mapped: Mapping[str, str]) -> Log:
    """A user is called by number, or by address where the sidecar maps that."""
    header, *rows = text_rows(decode(data)[0], ",")
    columns = _header(header.text)
    events: dict[str, list[Event]] = {}
    set_aside = []
    for position, row in enumerate(rows, 1):
        event, fault = _event(columns, row, mapped)
        if event:
            events.setdefault(event.article, []).append(event)
        else:
            set_aside.append(SetAside(position, row.line, f"{name}: {fault}", row.text))
    articles = {article: _history(sorted(of_one, key=lambda event: event.at)) for article, of_one in events.items()}
    staged = any(event.later_stage for of_one in events.values() for event in of_one)
    return Log(articles, staged, set_aside)


def _event(columns: list[str], row: Row, mapped: Mapping[str, str]) -> tuple[Event | None, str]:
    """The event of a row, or why there is none."""
    if row.fault or len(row.cells) != len(columns):
        return None, row.fault or f"the row has {len(row.cells)} cells, the header {len(columns)}"
    cells = {column: one_line(cell) for column, cell in zip(columns, row.cells, strict=True)}
    if not day_of(cells["created_at"]):
        return None, f"{cells['created_at']!r} is no time"
    key, value = cells["key"].strip('"'), cells["value"]
    staged = LATER_STAGE.fullmatch(key)
    key = staged[1].strip('"') if staged else key
    email = cells.get("user_email", "")
    user = email if email in mapped else cells["user_id"]
    if value not in DECISIONS:
        return None, f"{value!r} is none of {', '.join(DECISIONS)}"
    if key == "included":
        kind, text = "decision", DECISIONS[value]
    elif staged and not key:
        kind, text = "moved", ""
    else:
        kind, text = ("reason", key.removeprefix(REASON)) if key.startswith(REASON) else ("label", key)
    return Event(cells["created_at"], user, cells["article_id"], kind, text, value == "1", bool(staged)), ""


def _history(events: list[Event]) -> History:
    votes = [_vote(events, number) for number, event in enumerate(events) if event.kind == "decision"]
    deciders = {vote.user for vote in votes}
    others = [event for event in events if event.user not in deciders]
    return History(votes, _in_force(others, "label"), _in_force(others, "reason"))


def _vote(events: list[Event], number: int) -> Vote:
    """Reasons stand with exclusions; with another decision only where none follows it.

    What is taken away right before the next decision was part of this one.
    """
    event = events[number]
    until, later = (
        [each for each in part if each.user == event.user] for part in (events[: number + 1], events[number + 1 :])
    )
    meanwhile = list(takewhile(lambda each: each.kind != "decision", later))
    last = len(meanwhile) == len(later)
    while not last and meanwhile and not meanwhile[-1].holds:
        meanwhile.pop()
    until += meanwhile
    reasons = _in_force(until, "reason") if last or event.text == "exclude" else ()
    return Vote(event.user, day_of(event.at), event.later_stage, event.text, reasons, _in_force(until, "label"))


def _in_force(events: Sequence[Event], kind: str) -> tuple[str, ...]:
    """The reasons or labels that hold after the events."""
    held: dict[tuple[str, str], bool] = {}
    for event in events:
        if event.kind == kind:
            held[event.user, event.text] = event.holds
    return tuple(dict.fromkeys(text for (_, text), holds in held.items() if holds))
