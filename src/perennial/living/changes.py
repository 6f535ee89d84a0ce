"""Which studies came, went or changed between two versions."""

from collections.abc import Iterable, Mapping
from typing import Any

Rows = Iterable[Mapping[str, Any]]


def study_changes(
    before: Iterable[str],
    now: Iterable[str],
    old_rows: Mapping[str, Rows],
    new_rows: Mapping[str, Rows],
    retracted: Iterable[str],
) -> dict[str, list[Any]]:
    """`before` and `now` are the included studies; the rows are the counts that were pooled, by analysis; `retracted`
    are the reports that were retracted in between.

    A superseded arm has its count from another report now, a re-extracted one another count from the same report.
    """
    old, new = set(before), set(now)
    superseded, extracted = [], []
    for analysis in old_rows.keys() & new_rows.keys():
        was = {row["arm_id"]: row for row in old_rows[analysis]}
        for row in new_rows[analysis]:
            earlier = was.get(row["arm_id"])
            if earlier is None:
                continue
            told = {"analysis": analysis, "arm_id": row["arm_id"], "before": _count(earlier), "now": _count(row)}
            if earlier["report_id"] != row["report_id"]:
                superseded.append({**told, "report_before": earlier["report_id"], "report_now": row["report_id"]})
            elif told["before"] != told["now"]:
                extracted.append({**told, "report": row["report_id"]})
    return {
        "new": sorted(new - old),
        "withdrawn": sorted(old - new),
        "superseded": sorted(superseded, key=_place),
        "re_extracted": sorted(extracted, key=_place),
        "retracted": sorted(set(retracted)),
    }


def _count(row: Mapping[str, Any]) -> str:
    return f"{row['events']}/{row['n']}"


def _place(told: Mapping[str, Any]) -> tuple[str, str]:
    return told["arm_id"], told["analysis"]
