"""Which answer counts for each study and item: the consensus, or what the appraisers agree on."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from perennial.appraisal.checklists import Checklist
from perennial.dates import full_day

AGREED, ONE, CONFLICTING, ABSENT = "agreed", "one appraiser", "conflict", "not appraised"


@dataclass(frozen=True)
class Cell:
    """What is known of one study and item."""

    answer: str
    """The id of the answer that counts; empty in a conflict, and where nobody answered."""
    state: str
    """agreed (by two appraisers, or by consensus), one appraiser, conflict or not appraised."""
    support: tuple[str, ...]
    """The words given for the answers that count, or that are in conflict."""


@dataclass(frozen=True, order=True)
class Conflict:
    study: str
    item: str
    answers: tuple[tuple[str, str], ...]
    """Who answered what."""


@dataclass(frozen=True)
class Appraisal:
    studies: tuple[str, ...]
    cells: dict[tuple[str, str], Cell]
    """One for each study asked for and each item, by study_id and the item's id."""
    conflicts: list[Conflict]
    elsewhere: tuple[str, ...]
    """Studies with answers that were not asked for."""


def known_by(rows: Sequence[Mapping[str, str]], day: date) -> list[Mapping[str, str]]:
    """The answers given up to that day."""
    return [row for row in rows if full_day(row["date"]) <= day]


def judged(rows: Sequence[Mapping[str, str]], checklist: Checklist, studies: Sequence[str]) -> Appraisal:
    """The answers that count for `studies`; the order of `rows` does not matter.

    The newest consensus counts, whatever an appraiser answers later; without one the newest answer of each appraiser.
    Raises ValueError for answers and items that the checklist does not have.
    """
    if wrong := unknown(rows, checklist):
        raise ValueError("\n".join(wrong))
    given = defaultdict(list)
    for row in rows:
        given[row["study_id"], row["item"]].append(row)
    cells, conflicts = {}, []
    for study in studies:
        for item in checklist.items:
            counting = _counting(given[study, item.id])
            cell = cells[study, item.id] = _cell(counting)
            if cell.state == CONFLICTING:
                said = dict.fromkeys((row["appraiser"], row["answer"]) for row in counting)
                conflicts.append(Conflict(study, item.id, tuple(said)))
    elsewhere = {row["study_id"] for row in rows} - set(studies)
    return Appraisal(tuple(studies), cells, conflicts, tuple(sorted(elsewhere)))


def unknown(rows: Sequence[Mapping[str, str]], checklist: Checklist) -> list[str]:
    """A message for each answer or item that the checklist does not have."""
    return list(_unknown(rows, checklist))


def _unknown(rows: Sequence[Mapping[str, str]], checklist: Checklist) -> Iterator[str]:
    known = {
        "item": [item.id for item in checklist.items],
        "answer": [answer.id for answer in checklist.answers],
    }
    for row in rows:
        for column, values in known.items():
            if row[column] not in values:
                file = getattr(row, "file", f"data/appraisal/{checklist.name}.csv")
                line = f"row {row.line}, " if hasattr(row, "line") else ""
                place = f"{line}{row['study_id']}, item {row['item']}, {row['appraiser']}, {row['date']}"
                yield (
                    f"{file}, {place}, column {column}: {row[column]!r} is not known to "
                    f"{checklist.label}. Remedy: use one of {', '.join(values)}."
                )


def _counting(rows: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The rows of one study and item that count, in an order of their own; several of one day may contradict."""
    settled = [row for row in rows if row["role"] == "consensus"]
    speakers = defaultdict(list)
    for row in settled or rows:
        speakers["" if settled else row["appraiser"]].append(row)
    newest = [row for said in speakers.values() for row in said if row["date"] == max(each["date"] for each in said)]
    return sorted(newest, key=lambda row: (row["appraiser"], row["answer"], row.get("support", "")))


def _cell(counting: Sequence[Mapping[str, str]]) -> Cell:
    support = tuple(dict.fromkeys(row["support"] for row in counting if row.get("support")))
    answers = {row["answer"] for row in counting}
    if not answers:
        return Cell("", ABSENT, ())
    if len(answers) > 1:
        return Cell("", CONFLICTING, support)
    settled = any(row["role"] == "consensus" for row in counting)
    agreed = settled or len({row["appraiser"] for row in counting}) > 1
    return Cell(answers.pop(), AGREED if agreed else ONE, support)
