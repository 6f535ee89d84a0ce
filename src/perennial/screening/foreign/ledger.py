"""Decisions of other tools as rows of the ledger, and as a table that can be read again without loss."""

import json
from collections.abc import Iterable, Mapping

from perennial.csv_table import csv_table
from perennial.screening.foreign.decision import DecisionReading, ForeignDecision

COLUMNS = ("record_id", "title", "stage", "reviewer", "decision", "reason", "date", "note", "position", "record")


def ledger_rows(reading: DecisionReading, record_ids: Mapping[int, str]) -> list[dict[str, str]]:
    """Rows of decisions.csv for the records that were matched: `record_ids` by position."""
    return [
        {
            "record_id": record_ids[each.position],
            "stage": each.stage,
            "reviewer": each.reviewer,
            "decision": each.decision,
            "reason": "; ".join(each.reasons),
            "date": each.date,
            "note": each.note,
        }
        for each in reading.decisions
        if each.position in record_ids
    ]


def to_table(decisions: Iterable[ForeignDecision]) -> bytes:
    """A table whose columns are called as the sidecar calls them; the title is for people, `record` for programs."""
    rows = (
        {
            "record_id": each.record.record_id,
            "title": each.record.title,
            "stage": each.stage,
            "reviewer": each.reviewer,
            "decision": each.decision,
            "reason": "\n".join(each.reasons),
            "date": each.date,
            "note": each.note,
            "position": each.position,
            "record": json.dumps(each.record.to_dict(), ensure_ascii=False),
        }
        for each in decisions
    )
    return csv_table(COLUMNS, rows)
