"""Forms for people: rows of the evidence tables that hold what is known, with the cells to fill named in each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from perennial.csv_table import FILL_IN
from perennial.dates import first_day
from perennial.extraction.consensus import COMPARED, Finding
from perennial.extraction.evidence import Evidence, by_id
from perennial.extraction.horizon import Horizon
from perennial.extraction.selection import current_findings, current_rows
from perennial.problems import Problem
from perennial.tables import Row

Form = list[dict[str, Any]]

RESULT = ["row_id", "arm_id", "outcome", "timepoint", "population", "assessor"]
COUNTS = ["events", "n", "events_status", "reported_percent"]
ESTIMATES = ["estimate", "estimate_status", "ci_low", "ci_low_status", "ci_high", "ci_high_status", "spread_kind"]
ESTIMATES += ["ci_level", "unit"]
SOURCE = ["data_cutoff", "report_id", "locator", "quote", "extractor", "role", "date"]
SHOWN = [FILL_IN, "study", "arm", "regimen", "report", "doi", "differs"]

EXTRACTION = [*RESULT, *COUNTS, *ESTIMATES, *SOURCE, *SHOWN]
ARMS = ["arm_id", "study_id", "label", "regimen", "population", "n", "report_id", "locator"]
OVERLAPS = ["report_a", "report_b", "outcome", "counts", "reason", "by", "date", FILL_IN, "why", "left_out_meanwhile"]
CHECKS = ["file", "record", "column", "value", "reason", "by", "date", FILL_IN, "message", "remedy", "holds_back"]

SILENT = ("registry", "correction")
"""Kinds of report that hold no results to extract."""


def extraction_form(evidence: Evidence, config: dict, horizon: Horizon, number: int) -> Form:
    """What the `number`-th extractor has to fill in, newest report first: each arm of the study and each outcome.

    A report that was entered as a consensus at once is done; one that an extractor has begun is done when each outcome
    has its row, be it with the status not_reported.
    """
    tellers, at_once = _tellers(evidence, horizon), _entered_at_once(evidence, horizon)
    return [
        _to_extract(evidence, report, arm, outcome, definition, number)
        for report in _newest_first(evidence, horizon)
        if report["report_id"] not in at_once
        for arm in sorted(evidence.arms.rows, key=lambda arm: arm["arm_id"])
        if arm["study_id"] == report["study_id"]
        for outcome, definition in config["outcomes"].items()
        if len(tellers[report["report_id"], arm["arm_id"], outcome]) < number
    ]


def _tellers(evidence: Evidence, horizon: Horizon) -> dict[tuple[str, str, str], set[str]]:
    """Who has extracted each outcome of an arm from a report."""
    tellers = defaultdict(set)
    for row in current_rows(evidence, horizon):
        if row["population"] == "all" and row["role"] == "extractor":
            tellers[row["report_id"], row["arm_id"], row["outcome"]].add(row["extractor"])
    return tellers


def _entered_at_once(evidence: Evidence, horizon: Horizon) -> set[str]:
    """The reports whose rows are all of a consensus."""
    rows = current_rows(evidence, horizon)
    return {row["report_id"] for row in rows} - {row["report_id"] for row in rows if row["role"] == "extractor"}


def _to_extract(evidence: Evidence, report: Row, arm: Row, outcome: str, definition: dict, number: int) -> dict:
    values = COUNTS if definition["kind"] == "proportion" else ESTIMATES
    timepoint = {"timepoint": definition["timepoint"]} if "timepoint" in definition else {}
    asked = [*([] if timepoint else ["timepoint"]), "assessor", *values, "locator", "quote", "extractor", "date"]
    return {
        "row_id": f"{report['report_id']}-{arm['arm_id']}-{outcome}-{number}",
        "arm_id": arm["arm_id"],
        "outcome": outcome,
        **timepoint,
        "population": "all",
        "report_id": report["report_id"],
        "role": "extractor",
        FILL_IN: ", ".join(asked),
        **_shown(evidence, report, arm),
    }


def consensus_form(evidence: Evidence, config: dict, horizon: Horizon) -> Form:
    """Results on which extractors differ: the cells they agree on are there, the others wait."""
    arms, reports = by_id(evidence.arms, "arm_id"), by_id(evidence.reports, "report_id")
    asked, tellers = config["extraction"]["extractors"], _tellers(evidence, horizon)
    rows = []
    for finding in current_findings(evidence, horizon):
        first = finding.rows[0]
        done = len(tellers[first["report_id"], first["arm_id"], first["outcome"]]) >= asked
        alone = done and finding.lacks(asked) and not finding.settled
        if finding.settled or not (finding.differs or alone):
            continue
        agreed = {column: value for column, value in first.items() if column not in finding.differs}
        told = f"only {first['extractor']} has this result" if alone else _differences(finding)
        row_id = f"{first['report_id']}-{first['arm_id']}-{first['outcome']}-{first['population']}-consensus"
        rows.append(
            {
                **{column: agreed.get(column, "") for column in (*RESULT, *COMPARED)},
                "report_id": first["report_id"],
                "row_id": row_id.replace(" ", "-").replace(":", ""),
                "role": "consensus",
                FILL_IN: ", ".join([*finding.differs, "locator", "quote", "extractor", "date"]),
                **_shown(evidence, reports[first["report_id"]], arms[first["arm_id"]]),
                "differs": told,
            }
        )
    day = {report: first_day(row["published"]) for report, row in reports.items()}
    return sorted(sorted(rows, key=lambda row: row["row_id"]), key=lambda row: day[row["report_id"]], reverse=True)


def _differences(finding: Finding) -> str:
    return "; ".join(
        f"{column}: " + ", ".join(f"{row['extractor']} {row.get(column, 'nothing')}" for row in finding.extracted)
        for column in finding.differs
    )


def arms_columns(config: dict) -> list[str]:
    """Those of an arm, with the columns by which groups are told apart and which tables show."""
    own = [column for group in config["groups"].values() for column in group["where"]]
    return list(dict.fromkeys([*ARMS, *own, *config["tables"].get("characteristics", {}), FILL_IN, "study", "report"]))


def arms_form(evidence: Evidence, config: dict, horizon: Horizon) -> Form:
    """Studies with a report and without an arm."""
    studies, known = by_id(evidence.studies, "study_id"), {arm["study_id"] for arm in evidence.arms.rows}
    columns = arms_columns(config)
    asked = [column for column in columns[: columns.index(FILL_IN)] if column not in ("study_id", "report_id")]
    return [
        {
            "study_id": report["study_id"],
            "report_id": report["report_id"],
            FILL_IN: ", ".join(asked),
            "study": studies[report["study_id"]]["label"],
            "report": report["citation"],
        }
        for report in _newest_first(evidence, horizon)
        if report["study_id"] not in known
    ]


def overlaps_form(alarms: Iterable[Mapping[str, str]]) -> Form:
    """Pairs of reports that may speak of the same patients; the later of two is left out until somebody answers."""
    asked = {FILL_IN: "counts, reason, by, date"}
    pairs = sorted({(each["report_a"], each["report_b"], each["outcome"], each["why"]) for each in alarms})
    return [
        {"report_a": a, "report_b": b, "outcome": outcome, **asked, "why": why, "left_out_meanwhile": b}
        for a, b, outcome, why in pairs
    ]


def checks_form(problems: Iterable[Problem], fine: Collection[Problem]) -> Form:
    """What is odd and was not accepted yet; rows are named, not numbered, so that sorting a table changes nothing."""
    waiting = [problem.to_dict() | {FILL_IN: "reason, by, date"} for problem in problems if problem not in fine]
    return sorted(waiting, key=lambda line: (line["file"], line["record"], line["column"], line["message"]))


def _newest_first(evidence: Evidence, horizon: Horizon) -> list[Row]:
    """The reports known by then that may hold results."""
    seen = [row for row in evidence.reports.rows if horizon.sees(row) and row["kind"] not in SILENT]
    by_name = sorted(seen, key=lambda row: row["report_id"])
    return sorted(by_name, key=lambda row: first_day(row["published"]), reverse=True)


def _shown(evidence: Evidence, report: Row, arm: Row) -> dict[str, str]:
    study = by_id(evidence.studies, "study_id")[report["study_id"]]
    return {
        "study": study["label"],
        "arm": arm["label"],
        "regimen": arm["regimen"],
        "report": report["citation"],
        "doi": report.get("doi", ""),
    }
