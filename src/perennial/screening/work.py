"""What each person has to do next, as rows that open in a spreadsheet and can be handed back as they are."""

from collections.abc import Iterable, Mapping
from typing import Any

from perennial.csv_table import FILL_IN
from perennial.screening.standing import CONFLICT, UNSEEN, WAITING, Standing

SHOWN = ["title", "published", "doi", "url", "may_be_study"]

COLUMNS = ["record_id", "stage", "reviewer", "decision", "reason", "date", "note", FILL_IN, "waits_for", *SHOWN]
"""Those of decisions.csv first, to be filled in; then what a person needs to decide."""

CONFLICTS = ["record_id", "stage", "decision", "reason", "by", "date", "note", FILL_IN, "said", *SHOWN]
"""Those of adjudications.csv first."""

RELEVANCE = "relevance"
"""One column more, where scores sort the list."""


def to_screen(
    standings: Mapping[str, Mapping[str, Standing]],
    records: Mapping[str, Mapping[str, Any]],
    asked: Mapping[str, int],
    scores: Mapping[str, float] | None = None,
) -> list[dict[str, str]]:
    """The publications that want a vote, newest first; a stage is due when the one before it is passed.

    With `scores`, those that have one come before the others, the highest first.
    """
    rows = []
    for publication, stages in standings.items():
        for stage in due(stages):
            at = stages[stage]
            seen = ", ".join(vote["reviewer"] for vote in at.votes)
            if at.state in (UNSEEN, WAITING):
                lacking = asked[stage] - len(at.votes)
                waits = f"{lacking} more vote{'s' if lacking > 1 else ''}" + (f", not of {seen}" if seen else "")
                row = _row(publication, stage, records[publication])
                rows.append({**row, FILL_IN: "reviewer, decision, reason, date", "waits_for": waits})
    return _most_relevant_first(_newest_first(rows), scores) if scores else _newest_first(rows)


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
                row = _row(publication, stage, records[publication])
                rows.append({**row, FILL_IN: "decision, reason, by, date", "said": said})
    return _newest_first(rows)


def due(stages: Mapping[str, Standing]) -> list[str]:
    """The stage that a publication is at: titles and abstracts until these are passed, then the full text."""
    return ["title_abstract"] if stages["title_abstract"].state != "included" else ["full_text"]


def _row(publication: str, stage: str, record: Mapping[str, Any]) -> dict[str, str]:
    shown = {name: str(record.get(name, "")) for name in SHOWN}
    return {"record_id": publication, "stage": stage, **shown}


def _newest_first(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    by_id = sorted(rows, key=lambda row: row["record_id"])
    return sorted(by_id, key=lambda row: row["published"], reverse=True)


def _most_relevant_first(rows: Iterable[dict[str, str]], scores: Mapping[str, float]) -> list[dict[str, str]]:
    """Rows that are equal in this keep their order."""
    shown = [
        {**row, RELEVANCE: f"{scores[row['record_id']]:.3f}" if row["record_id"] in scores else ""} for row in rows
    ]
    return sorted(shown, key=lambda row: -scores.get(row["record_id"], -1))
