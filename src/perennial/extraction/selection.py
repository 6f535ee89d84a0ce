"""Which rows of evidence count for an outcome, a group of arms and a date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from perennial.dates import first_day
from perennial.extraction.evidence import Evidence, by_id
from perennial.tables import Row


@dataclass(frozen=True)
class Horizon:
    """What was known on the day `as_of`.

    A reconstructed review knows publication dates only; otherwise rows extracted later than `as_of` are left out too.
    """

    as_of: date
    reconstructed: bool

    def sees(self, report: Row) -> bool:
        return first_day(report["published"]) <= self.as_of


def current_rows(evidence: Evidence, horizon: Horizon | None = None) -> list[Row]:
    """The rows of outcomes.csv without those that a later row corrects; with `horizon`, as known then."""
    rows = evidence.outcomes.rows
    if horizon:
        reports = by_id(evidence.reports, "report_id")
        rows = [row for row in rows if horizon.sees(reports[row["report_id"]])]
        if not horizon.reconstructed:
            rows = [row for row in rows if date.fromisoformat(row["date"]) <= horizon.as_of]
    corrected = {row["corrects"] for row in rows if "corrects" in row}
    return [row for row in rows if row["row_id"] not in corrected]


def group_arms(evidence: Evidence, where: dict[str, list[str]]) -> dict[str, Row]:
    """The arms whose columns hold one of the values asked for, by arm_id."""
    return {
        arm["arm_id"]: arm
        for arm in evidence.arms.rows
        if all(str(arm.get(column, "")) in values for column, values in where.items())
    }


def part_of(row: Row) -> str:
    """The dimension along which a row's population is a part of its arm; empty where it is the whole arm."""
    return row["population"].partition(":")[0] if row["population"] != "all" else ""


@dataclass(frozen=True)
class Selected:
    """`rows` are pooled, in order of publication; `left_out` are arms of the group that are not, with the reason."""

    rows: list[dict]
    left_out: list[dict]


def select_counts(evidence: Evidence, config: dict, outcome: str, group: str, horizon: Horizon) -> Selected:
    """For each arm of the group, the counts of the preferred assessor that a report gives, and of these the newest.

    Arms that are too small, and arms whose reports give no counts, are left out by name. The order is by publication
    and does not depend on the files' order.
    """
    reports = by_id(evidence.reports, "report_id")
    preference = {assessor: rank for rank, assessor in enumerate(config["assessors"])}
    minimum = config["eligibility"]["minimum_patients"]

    def merit(row: Row) -> tuple:
        return -preference.get(row["assessor"], len(preference)), first_day(reports[row["report_id"]]["published"])

    rows, left_out = [], []
    results = [r for r in current_rows(evidence, horizon) if r["outcome"] == outcome and r["population"] == "all"]
    for arm_id, arm in group_arms(evidence, config["groups"][group]["where"]).items():
        if not horizon.sees(reports[arm["report_id"]]):
            continue
        of_arm = [row for row in results if row["arm_id"] == arm_id and row["role"] == "consensus"]
        usable = [row for row in of_arm if "events" in row]
        if arm["n"] < minimum:
            left_out.append({"arm_id": arm_id, "reason": f"fewer than {minimum} patients"})
        elif not usable:
            printed = next((row["reported_percent"] for row in of_arm if "reported_percent" in row), "")
            reason = "count not reported" + (f" (about {printed[1:]}%)" if printed.startswith("~") else "")
            left_out.append({"arm_id": arm_id, "reason": reason})
        else:
            best = max(usable, key=merit)
            rows.append(
                {
                    "arm_id": arm_id,
                    "study_id": arm["study_id"],
                    "events": best["events"],
                    "n": best["n"],
                    "published": reports[best["report_id"]]["published"],
                    "from": {"file": evidence.outcomes.file, "row_id": best["row_id"]},
                }
            )
    rows.sort(key=lambda row: (first_day(row["published"]), row["arm_id"]))
    return Selected(rows, sorted(left_out, key=lambda arm: arm["arm_id"]))


def studies_included(evidence: Evidence, config: dict, horizon: Horizon) -> list[str]:
    """The studies with an eligible arm in a group, reported by then; sorted."""
    reports = by_id(evidence.reports, "report_id")
    return sorted(
        {
            arm["study_id"]
            for group in config["groups"].values()
            for arm in group_arms(evidence, group["where"]).values()
            if horizon.sees(reports[arm["report_id"]]) and arm["n"] >= config["eligibility"]["minimum_patients"]
        }
    )


def secondary_rows(evidence: Evidence, config: dict, horizon: Horizon) -> Iterator[Row]:
    """The newest row of each arm, outcome and timepoint that is tabulated and not pooled; whole arms only."""
    reports = by_id(evidence.reports, "report_id")
    newest: dict[tuple, Row] = {}
    for row in current_rows(evidence, horizon):
        if config["outcomes"][row["outcome"]]["kind"] == "proportion" or row["role"] != "consensus":
            continue
        key = row["arm_id"], row["outcome"], row["timepoint"], row["population"]
        if key not in newest or _supersedes(row, newest[key], reports):
            newest[key] = row
    yield from newest.values()


def _supersedes(row: Row, other: Row, reports: dict[str, Row]) -> bool:
    """A later report counts, but not one that does not report the value where an earlier one did."""
    silent = row.get("estimate_status") == "not_reported"
    if silent != (other.get("estimate_status") == "not_reported"):
        return not silent
    return first_day(reports[row["report_id"]]["published"]) > first_day(reports[other["report_id"]]["published"])
