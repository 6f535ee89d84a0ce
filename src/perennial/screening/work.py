"""What each person has to do next, as rows that open in a spreadsheet and can be handed back as they are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perennial.screening.standing import CONFLICT, UNSEEN, WAITING, Standing

COLUMNS = [
    "record_id",
    "stage",
    "reviewer",
    "decision",
    "reason",
    "date",
    "note",
    "title",
    "published",
    "doi",
    "url",
    "waits_for",
]
"""Those of decisions.csv first, to be filled in; then what a person needs to decide."""


def to_screen(
    standings: Mapping[str, Mapping[str, Standing]], records: Mapping[str, Mapping[str, Any]], asked: Mapping[str, int]
) -> list[dict[str, str]]:
    """The publications that want a vote, newest first; a stage is due when the one before it is passed."""
    rows = []
    for publication, stages in standings.items():
        for stage in due(stages):
            at = stages[stage]
            seen = ", ".join(vote["reviewer"] for vote in at.votes)
            if at.state in (UNSEEN, WAITING):
                lacking = asked[stage] - len(at.votes)
                waits = f"{lacking} more vote{'s' if lacking > 1 else ''}" + (f", not of {seen}" if seen else "")
                rows.append(_row(publication, stage, records[publication], waits))
    return _newest_first(rows)


def conflicts(
    standings: Mapping[str, Mapping[str, Standing]], records: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, str]]:
    """The publications on which reviewers disagree, with what each said; rows of adjudications.csv to be filled in."""
    rows = []
    for publication, stages in standings.items():
        for stage in due(stages):
            if stages[stage].state == CONFLICT:
                said = "; ".join(
                    f"{vote['reviewer']}: {vote['decision']}" + (f" ({vote['reason']})" if vote.get("reason") else "")
                    for vote in stages[stage].votes
                )
                rows.append(_row(publication, stage, records[publication], said))
    return _newest_first(rows)


def due(stages: Mapping[str, Standing]) -> list[str]:
    """The stage that a publication is at: titles and abstracts until these are passed, then the full text."""
    return ["title_abstract"] if stages["title_abstract"].state != "included" else ["full_text"]


def _row(publication: str, stage: str, record: Mapping[str, Any], waits_for: str) -> dict[str, str]:
    shown = {name: str(record.get(name, "")) for name in ("title", "published", "doi", "url")}
    return {"record_id": publication, "stage": stage, **shown, "waits_for": waits_for}


def _newest_first(rows: Iterable[dict[str, str]]) -> Sequence[dict[str, str]]:
    by_id = sorted(rows, key=lambda row: row["record_id"])
    return sorted(by_id, key=lambda row: row["published"], reverse=True)
