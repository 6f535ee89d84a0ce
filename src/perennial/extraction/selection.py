"""Which rows of evidence count for an outcome, a group of arms and a date."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from perennial.dates import first_day
from perennial.extraction.consensus import Finding, findings
from perennial.extraction.evidence import Evidence, by_id
from perennial.extraction.horizon import Horizon
from perennial.extraction.notices import excluded, reason_of
from perennial.extraction.overlaps import BOTH, Overlaps, counting_report
from perennial.tables import Row


def current_rows(evidence: Evidence, horizon: Horizon | None = None) -> list[Row]:
    """The rows of outcomes.csv without those that a later row corrects; with `horizon`, as known then."""
    rows = evidence.outcomes.rows
    if horizon:
        reports = by_id(evidence.reports, "report_id")
        rows = [row for row in rows if horizon.sees(reports[row["report_id"]]) and horizon.knows(row)]
    corrected = {row["corrects"] for row in rows if "corrects" in row}
    return [row for row in rows if row["row_id"] not in corrected]


def current_findings(evidence: Evidence, horizon: Horizon | None = None) -> list[Finding]:
    return findings(current_rows(evidence, horizon))


def counting_rows(evidence: Evidence, config: dict, horizon: Horizon | None = None) -> list[Row]:
    """The current rows that extractors agree on, or that are a consensus."""
    asked = config["extraction"]["extractors"]
    return [row for finding in current_findings(evidence, horizon) for row in finding.counting(asked)]


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
    """`rows` are pooled, in order of publication; `left_out` are arms of the group that are not, with the reason.

    `alarms` are pairs of rows that may be of the same patients, of which nobody has said which counts. `alone` are the
    pooled arms whose report could go without another count, of this arm or of one that it keeps out, in its place.
    """

    rows: list[dict]
    left_out: list[dict]
    alarms: list[dict]
    alone: frozenset[str]


def select_counts(
    evidence: Evidence, config: dict, outcome: str, group: str, horizon: Horizon, held_back: Collection[str] = ()
) -> Selected:
    """For each arm of the group, the counts of the preferred assessor that a report gives, and of these the newest.

    Arms that are not eligible, whose reports give no counts, or whose study is in `held_back`, are left out by name;
    so is the later of two that may hold the same patients, until somebody says which counts. The order is by
    publication and does not depend on the files' order. A report that counts no more by a decision on a notice is as if
    it had not been, but for the arms that it leaves without a count: they are left out by name.
    """
    reports, studies = by_id(evidence.reports, "report_id"), by_id(evidence.studies, "study_id")
    preference = {assessor: rank for rank, assessor in enumerate(config["assessors"])}
    overlaps = Overlaps.known(evidence, horizon)
    results = [
        row
        for row in counting_rows(evidence, config, horizon)
        if row["outcome"] == outcome and row["population"] == "all"
    ]
    gone = _without_a_report(evidence, outcome, horizon)
    rows, left_out, alone = [], [], set()
    for arm_id, arm in group_arms(evidence, config["groups"][group]["where"]).items():
        of_arm = [row for row in results if row["arm_id"] == arm_id]
        if not (of_arm or horizon.sees(reports[arm["report_id"]])):
            if arm_id in gone:
                left_out.append({"arm_id": arm_id, "reason": gone[arm_id]})
            continue
        usable = [row for row in of_arm if "events" in row]
        best = _best(usable, preference, reports, overlaps) if usable else None
        if reason := _ineligible(arm, studies[arm["study_id"]], best, config):
            left_out.append({"arm_id": arm_id, "reason": reason})
        elif arm["study_id"] in held_back:
            left_out.append({"arm_id": arm_id, "reason": "held back: a check failed, and nobody has accepted it"})
        elif best is None and arm_id in gone:
            left_out.append({"arm_id": arm_id, "reason": gone[arm_id]})
        elif best is None:
            printed = next((row["reported_percent"] for row in of_arm if "reported_percent" in row), "")
            reason = "count not reported" + (f" (about {printed[1:]}%)" if printed.startswith("~") else "")
            left_out.append({"arm_id": arm_id, "reason": reason})
        else:
            if len({row["report_id"] for row in usable}) == 1:
                alone.add(arm_id)
            rows.append(
                {
                    "arm_id": arm_id,
                    "study_id": arm["study_id"],
                    "report_id": best["report_id"],
                    "events": best["events"],
                    "n": best["n"],
                    "published": reports[best["report_id"]]["published"],
                    "from": {"file": best.file, "row_id": best["row_id"]},
                }
            )
    rows.sort(key=lambda row: (first_day(row["published"]), row["arm_id"]))
    rows, doubles, alarms = _each_patient_once(rows, outcome, overlaps)
    left_out = sorted([*left_out, *doubles], key=lambda arm: arm["arm_id"])
    return Selected(rows, left_out, alarms, frozenset() if doubles else frozenset(alone))


def _without_a_report(evidence: Evidence, outcome: str, horizon: Horizon) -> dict[str, str]:
    """The arms that a report described or counted which counts no more, with the reason."""
    gone = {
        name: row for name, row in excluded(evidence.notices.rows, horizon.as_of).items() if name in horizon.without
    }
    told = [*evidence.arms.rows, *(row for row in evidence.outcomes.rows if row["outcome"] == outcome)]
    return {row["arm_id"]: reason_of(gone[row["report_id"]]) for row in told if row["report_id"] in gone}


def _best(usable: list[Row], preference: dict[str, int], reports: dict[str, Row], overlaps: Overlaps) -> Row:
    """The row of one arm that counts. What a person said of two reports comes before their dates."""

    def merit(row: Row) -> tuple:
        rank = preference.get(row["assessor"], len(preference))
        return -rank, first_day(reports[row["report_id"]]["published"]), row["row_id"]

    def beaten(row: Row) -> bool:
        said = (
            overlaps.answer(row["report_id"], each["report_id"], row["outcome"]) for each in usable if each is not row
        )
        return any(answer and counting_report(answer) not in (BOTH, row["report_id"]) for answer in said)

    return max([row for row in usable if not beaten(row)] or usable, key=merit)


def _ineligible(arm: Row, study: Row, best: Row | None, config: dict) -> str:
    """Which criterion that the tables can answer the arm fails; empty where it fails none.

    The size of a cohort is the arm's own, unless what counts is of another report, which has its own number.
    """
    minimum = config["eligibility"]["minimum_patients"]
    size = best["n"] if best and best["report_id"] != arm["report_id"] else arm["n"]
    if size < minimum:
        return f"fewer than {minimum} patients"
    for column, wanted in config["eligibility"]["studies"].items():
        if study.get(column) not in wanted:
            return f"{column}: {study.get(column, 'not stated')}"
    return ""


def _each_patient_once(rows: list[dict], outcome: str, overlaps: Overlaps) -> tuple[list[dict], list[dict], list[dict]]:
    """The rows to pool, the arms left out because others hold their patients, and pairs that wait for an answer."""
    suspected = [
        (first, later, why)
        for place, first in enumerate(rows)
        for later in rows[place + 1 :]
        if (why := overlaps.suspicion(first, later))
    ]
    out: dict[str, str] = {}
    open_pairs = []
    for first, later, why in suspected:
        answer = overlaps.answer(first["report_id"], later["report_id"], outcome)
        if answer is None:
            open_pairs.append((first, later, why))
        elif (counts := counting_report(answer)) != BOTH:
            loser, winner = (first, later) if counts == later["report_id"] else (later, first)
            told = f"its patients are counted in {winner['arm_id']}: {answer['reason']} ({answer['by']})"
            out.setdefault(loser["arm_id"], told)
    alarms = []
    for first, later, why in open_pairs:
        if not {first["arm_id"], later["arm_id"]} & out.keys():
            out[later["arm_id"]] = (
                f"it may hold patients of {first['arm_id']} ({why}), and nobody has said which counts"
            )
            alarms.append(
                {"report_a": first["report_id"], "report_b": later["report_id"], "outcome": outcome, "why": why}
            )
    kept = [row for row in rows if row["arm_id"] not in out]
    return kept, [{"arm_id": arm, "reason": reason} for arm, reason in out.items()], alarms


def studies_included(evidence: Evidence, config: dict, horizon: Horizon) -> list[str]:
    """The studies with an eligible arm in a group, reported by then; sorted."""
    reports, studies = by_id(evidence.reports, "report_id"), by_id(evidence.studies, "study_id")
    reported = {row["arm_id"] for row in counting_rows(evidence, config, horizon)}
    return sorted(
        {
            arm["study_id"]
            for group in config["groups"].values()
            for arm in group_arms(evidence, group["where"]).values()
            if (arm["arm_id"] in reported or horizon.sees(reports[arm["report_id"]]))
            and not _ineligible(arm, studies[arm["study_id"]], None, config)
        }
    )


def secondary_rows(evidence: Evidence, config: dict, horizon: Horizon) -> Iterator[Row]:
    """The newest row of each arm, outcome and timepoint that is tabulated and not pooled; whole arms only."""
    reports = by_id(evidence.reports, "report_id")
    newest: dict[tuple, Row] = {}
    for row in counting_rows(evidence, config, horizon):
        if config["outcomes"][row["outcome"]]["kind"] == "proportion":
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
    days = [(first_day(reports[each["report_id"]]["published"]), each["row_id"]) for each in (row, other)]
    return days[0] > days[1]
