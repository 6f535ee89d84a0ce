"""Reporting checklists, filled in as far as the page answers them and no further."""

from collections.abc import Mapping, Sequence

REPORTED = "reported here"
PERSON = "a person must write this"
UNCHECKED = "not checked by this version"
STATUSES = (REPORTED, PERSON, UNCHECKED)

EACH_OUTCOME = "each_outcome"
"""In a checklist, the sections of the pooled outcomes, which have the names of the review at hand."""


LIVING = "living"
"""The section of the page where the configuration's words on the living mode are printed."""


def filled_checklist(
    rows: list[dict], present: set[str], outcomes: Sequence[str] = (), unsaid: Mapping[str, str] | None = None
) -> list[dict]:
    """Each row of a checklist with its `status`, `where` (sections of the page, in the row's order) and a `note`.

    `present` are the ids of the sections that the page really has, `outcomes` those of them that stand for
    `each_outcome`, and `unsaid` what the configuration does not say of the living mode, by key. A row whose sections
    are all absent was not checked, whatever it promises. Raises ValueError for a row that is answered in no way or in
    several.
    """
    return [_filled(row, present, outcomes, unsaid or {}) for row in rows]


def checklist_summary(filled: list[dict]) -> dict[str, int]:
    """How many rows have each status; a status that no row has counts 0."""
    return {status: sum(row["status"] == status for row in filled) for status in STATUSES}


def _filled(row: dict, present: set[str], outcomes: Sequence[str], unsaid: Mapping[str, str]) -> dict:
    answer = row["answered_by"]
    ways = [way for way in ("sections", "living", "missing", "not_in_version") if way in answer]
    if len(ways) != 1:
        known = "sections, living, missing, not_in_version"
        raise ValueError(f"{row['topic']}: answered_by must hold one of {known}, got {ways}")
    where: list[str] = []
    if ways == ["missing"]:
        status, note = PERSON, answer["missing"]
    elif ways == ["not_in_version"]:
        status, note = UNCHECKED, answer["not_in_version"]
    elif ways == ["living"] and (missing := [unsaid[key] for key in answer["living"] if key in unsaid]):
        status, note = PERSON, "; ".join(missing)
    else:
        where = _existing(answer.get("sections", [LIVING]), present, outcomes)
        status, note = (REPORTED, answer["how"]) if where else (UNCHECKED, "the page tells nothing of it yet")
    known = {"number": row.get("number", ""), **{key: row[key] for key in ("section", "topic", "text")}}
    return {**known, "status": status, "where": where, "note": note}


def _existing(sections: Sequence[str], present: set[str], outcomes: Sequence[str]) -> list[str]:
    named = [name for section in sections for name in (outcomes if section == EACH_OUTCOME else [section])]
    return [name for name in dict.fromkeys(named) if name in present]
