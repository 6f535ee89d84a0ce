"""ASReview: tables with a column of labels (1, 0; -1 or nothing where nobody decided), and RIS with labels in N1."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from perennial.records.reading import Found, SetAside
from perennial.records.record import Record
from perennial.records.text import one_line, plain
from perennial.screening.foreign.decision import DecisionReading, ForeignDecision, day_of, joined, labelled
from perennial.screening.foreign.exports import fields, read_exports, unreadable, without
from perennial.screening.foreign.reviewers import roles_of
from perennial.screening.foreign.sidecar import DecisionSidecar

COLUMNS = (
    "asreview_label",
    "included",
    "label",
    "final_included",
    "label_included",
    "included_label",
    "included_final",
    "included_flag",
    "include",
)
"""What the column is called, ASReview's own name first: others may hold the labels that it was given."""
WORDS = {"1": "include", "1.0": "include", "0": "exclude", "0.0": "exclude", "-1": "", "-1.0": "", "nan": "", "": ""}
"""Numbers with a point come from tables in which some records have none."""
LABEL = re.compile(r"\bASReview_(\w+)\b\.?")
IN_NOTES = {"relevant": "include", "irrelevant": "exclude", "not_seen": ""}
PRIOR = "known before the screening"
OWN = ("asreview_time", "asreview_note", "asreview_tags", "asreview_prior", "asreview_user_id")
"""Columns beside the label that tell of the decision."""


@dataclass(frozen=True)
class Told:
    decision: str
    """Empty where nobody decided."""
    record: Record
    reviewer: str = ""
    date: str = ""
    note: str = ""


def read_asreview(files: Mapping[str, bytes], sidecar: DecisionSidecar) -> DecisionReading:
    exports = list(read_exports(files))
    told: list[tuple[Found, Told]] = []
    set_aside: list[SetAside] = []
    for export in exports:
        set_aside += export.set_aside
        read = _by_notes if export.format == "ris" else _by_column
        for found in export.found:
            try:
                told.append((found, read(found.record)))
            except ValueError as error:
                reason, text = error.args
                set_aside.append(unreadable(found, export.name, reason, text))
    roles, numbered = roles_of((each.reviewer for _, each in told if each.decision), sidecar.reviewers)
    decisions = [
        ForeignDecision(
            found.position,
            each.record,
            sidecar.stage,
            roles[each.reviewer],
            each.decision,
            (),
            each.date or sidecar.date,
            each.note,
        )
        for found, each in told
        if each.decision
    ]
    undecided = [found for found, each in told if not each.decision]
    notes = [note for export in exports for note in export.notes]
    return DecisionReading("asreview", decisions, undecided, set_aside, [*notes, *numbered])


def _by_column(record: Record) -> Told:
    """Raises ValueError(reason, text) for a label that is none."""
    column = next((column for column in COLUMNS if fields(record, column)), "")
    word = " ".join(fields(record, column)).lower()
    if word not in WORDS:
        raise ValueError(f"{word!r} in the column {column} is none of 1, 0, -1", word)
    user, time, note, tags = (
        " ".join(fields(record, name))
        for name in ("asreview_user_id", "asreview_time", "asreview_note", "asreview_tags")
    )
    prior = PRIOR if fields(record, "asreview_prior") in (["1"], ["1.0"]) else ""
    record = without(record, column, *OWN)
    return Told(WORDS[word], record, user, _day(time), joined(note, prior, labelled((tags,) if tags else ())))


def _day(time: str) -> str:
    """The day of a time as 2025-09-07T11:00:00Z or in seconds; empty where there is none."""
    if re.fullmatch(r"\d{9,10}(\.\d+)?", time):
        return datetime.fromtimestamp(float(time), UTC).date().isoformat()
    return day_of(time)


def _by_notes(record: Record) -> Told:
    """Raises ValueError(reason, text) for labels that contradict each other."""
    notes = [plain(note) for note in fields(record, "n1")]
    labels = [label for note in notes for label in LABEL.findall(note)]
    decisions = {IN_NOTES[label] for label in labels if label in IN_NOTES}
    if len(decisions) > 1:
        raise ValueError("its labels contradict each other", " | ".join(notes))
    decision = decisions.pop() if decisions else ""
    left = filter(None, (one_line(LABEL.sub("", note)) for note in notes))
    others = [label for label in labels if label not in IN_NOTES and label != "prior"]
    note = joined(PRIOR if "prior" in labels else "", labelled(tuple(dict.fromkeys(others))))
    extra = (*without(record, "n1").extra, *(("N1", note) for note in left))
    return Told(decision, replace(record, extra=extra), note=note)
