"""What was excluded, one publication a line, with the reason; and what one reviewer alone would exclude."""

from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = ["record_id", "title", "published", "doi", "url", "stage", "state", "reason", "meaning", "by", "note"]

CONFIRMED, UNCONFIRMED = "excluded", "unconfirmed"


def exclusions(
    standings: Iterable[Mapping[str, str]],
    records: Mapping[str, Mapping[str, Any]],
    decisions: Iterable[Mapping[str, str]],
    cluster_of: Mapping[str, str],
    codes: Mapping[str, str],
) -> list[dict[str, str]]:
    """By stage and record. A vote for exclusion that waits for others is there too, as unconfirmed."""
    last: dict[tuple[str, str, str], Mapping[str, str]] = {}
    for row in sorted(decisions, key=lambda row: row["date"]):
        publication = cluster_of.get(row["record_id"], row["record_id"])
        last[publication, row["stage"], row["reviewer"]] = row
    votes: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for (publication, stage, _), row in sorted(last.items()):
        if row["decision"] == "exclude":
            votes.setdefault((publication, stage), []).append(row)
    rows = []
    for at in standings:
        publication, stage = at["publication"], at["stage"]
        said = votes.get((publication, stage), [])
        confirmed = at["state"] == "excluded"
        if not (confirmed or (said and at["state"] == "waiting")):
            continue
        record = records[publication]
        reason = at["reason"] if confirmed else said[0]["reason"]
        rows.append(
            {
                "record_id": publication,
                **{column: record.get(column, "") for column in ("title", "published", "doi", "url")},
                "stage": stage,
                "state": CONFIRMED if confirmed else UNCONFIRMED,
                "reason": reason,
                "meaning": codes.get(reason, ""),
                "by": at["settled_by"] or ", ".join(row["reviewer"] for row in said),
                "note": "; ".join(row["note"] for row in said if row.get("note")),
            }
        )
    return sorted(rows, key=lambda row: (row["stage"] != "title_abstract", row["state"], row["record_id"]))
