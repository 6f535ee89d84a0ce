"""What one table alone cannot tell: known ids, counts that fit each other, percentages that fit their counts.

What cannot be right stops the run; what is merely odd is listed for people.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from perennial.extraction.evidence import Evidence, by_id
from perennial.extraction.percentages import nearest_events, possible_events, rounds_to
from perennial.extraction.selection import current_rows, group_arms, part_of
from perennial.problems import Problem
from perennial.tables import Row, Table


def find_problems(evidence: Evidence, config: dict) -> list[Problem]:
    """Everything wrong or odd in `evidence`. Rows are compared with each other only once each table is readable."""
    problems = evidence.problems
    if not evidence.readable:
        return problems
    problems += _references(evidence, config)
    problems += _claims(evidence)
    if any(problem.stops for problem in problems):
        return problems
    for row in evidence.outcomes.rows:
        problems += _counts(evidence, row)
        problems += _percentage(evidence, row, config["checks"]["percent_tolerance"])
        problems += _interval(evidence, row)
    problems += _repeated_results(evidence)
    problems += _within(evidence, config)
    problems += _arm_sizes(evidence, config)
    problems += _parts(evidence)
    problems += _legacy_boxes(evidence)
    problems += _reason_codes(evidence, config)
    return problems


def _at(table: Table, row: Row, column: str, message: str, remedy: str, stops: bool = True) -> Problem:
    record = next(iter(row.values()))
    return Problem(table.file, message, remedy, row.line, record, column, str(row.get(column, "")), stops)


def _references(evidence: Evidence, config: dict) -> Iterator[Problem]:
    studies, reports = by_id(evidence.studies, "study_id"), by_id(evidence.reports, "report_id")
    arms, results = by_id(evidence.arms, "arm_id"), by_id(evidence.outcomes, "row_id")
    known = [
        (evidence.reports, "study_id", studies, evidence.studies.file),
        (evidence.studies, "overlaps_with", studies, evidence.studies.file),
        (evidence.arms, "study_id", studies, evidence.studies.file),
        (evidence.arms, "report_id", reports, evidence.reports.file),
        (evidence.outcomes, "arm_id", arms, evidence.arms.file),
        (evidence.outcomes, "report_id", reports, evidence.reports.file),
        (evidence.outcomes, "corrects", results, evidence.outcomes.file),
        (evidence.outcomes, "outcome", config["outcomes"], "config/config.yaml"),
        (evidence.variants, "arm_id", arms, evidence.arms.file),
        (evidence.variants, "outcome", config["outcomes"], "config/config.yaml"),
    ]
    for table, column, ids, home in known:
        for row in table.rows:
            if column in row and row[column] not in ids:
                yield _at(table, row, column, f"{home} knows no such name", f"correct it, or add it to {home}")
    for group, definition in config["groups"].items():
        for column in definition["where"]:
            if column not in evidence.arms.columns:
                message = f"the group {group} of config/config.yaml asks for a column that is not there"
                yield Problem(evidence.arms.file, message, "add the column or correct the group", row=1, column=column)
    for row in evidence.variants.rows:
        if row["events"] > row["n"]:
            yield _at(evidence.variants, row, "events", "more events than patients", "correct one of the two counts")
    for row in evidence.outcomes.rows:
        if "corrects" in row and "reason" not in row:
            yield _at(evidence.outcomes, row, "reason", "a correction gives no reason", "say why the row was corrected")


def _claims(evidence: Evidence) -> Iterator[Problem]:
    """A claim with decimals is a number that has as many."""
    for row in evidence.claims.rows:
        if "decimals" in row and not re.fullmatch(
            r"\d+" + rf"\.\d{{{row['decimals']}}}" * bool(row["decimals"]), row["value"]
        ):
            message = f"the value is no number with {row['decimals']} decimals"
            yield _at(
                evidence.claims, row, "value", message, "correct it or decimals, or leave decimals empty for words"
            )


def _counts(evidence: Evidence, row: Row) -> Iterator[Problem]:
    at = partial(_at, evidence.outcomes, row)
    if "events" in row and "n" not in row:
        yield at("n", "events are given but not the number of patients", "fill in n")
    if "events" in row and "n" in row and row["events"] > row["n"]:
        yield at("events", f"{row['events']} events among {row['n']} patients", "correct events or n")
    for value in ("events", "estimate", "ci_low", "ci_high"):
        status = row.get(f"{value}_status")
        if value in row and status not in (None, "reported"):
            yield at(value, f"a number stands beside the status {status}", f"remove it or correct {value}_status")
        if value not in row and status == "reported":
            yield at(value, "the status says reported but there is no number", f"fill it in or correct {value}_status")


def _percentage(evidence: Evidence, row: Row, tolerance: float) -> Iterator[Problem]:
    """The printed percentage against events/n, or against every whole number of events where none is given."""
    printed, n = row.get("reported_percent", ""), row.get("n")
    if not printed or printed.startswith("~"):
        return
    at = partial(_at, evidence.outcomes, row, "reported_percent")
    value, decimals = float(printed), len(printed.partition(".")[2])
    if value > 100:
        yield at("more than 100 percent", "correct the percentage")
    elif "events" in row and n:
        exact = 100 * row["events"] / n
        if not rounds_to(exact, value, decimals):
            counts = f"{row['events']}/{n} is {exact:.{decimals + 1}f} percent"
            far = abs(exact - value) > tolerance
            remedy = "correct events, n or the percentage" if far else "compare with the source; the counts are used"
            yield at(counts, remedy, stops=far)
    elif n and not possible_events(value, decimals, n):
        nearest = nearest_events(value, n)
        message = f"no whole number of {n} patients is {printed} percent; the nearest is {nearest}/{n}"
        yield at(f"{message} = {100 * nearest / n:.{decimals}f}", "compare with the source", stops=False)


def _interval(evidence: Evidence, row: Row) -> Iterator[Problem]:
    at = partial(_at, evidence.outcomes, row)
    low, estimate, high = row.get("ci_low", -math.inf), row.get("estimate"), row.get("ci_high", math.inf)
    if low > high:
        yield at("ci_low", f"the interval runs from {low:g} down to {high:g}", "correct ci_low or ci_high")
    elif estimate is not None and not low <= estimate <= high:
        bounds = " to ".join(f"{bound:g}" if math.isfinite(bound) else "no bound" for bound in (low, high))
        yield at("estimate", f"the interval {bounds} does not contain it", "correct the estimate or the interval")


def _repeated_results(evidence: Evidence) -> Iterator[Problem]:
    """Two results of one arm that would both count: the same one twice, or two timepoints of one outcome."""
    columns = ("arm_id", "outcome", "timepoint", "population", "assessor", "report_id")
    seen: dict[tuple, Row] = {}
    for row in current_rows(evidence):
        if row["role"] != "consensus":
            continue
        key = tuple(row[column] for column in columns)
        if key in seen:
            message = f"the same result stands in row {seen[key].line} ({seen[key]['row_id']})"
            yield _at(evidence.outcomes, row, "row_id", message, "remove one, or let it name the other under corrects")
        seen[key] = row
    timepoints: dict[tuple, Row] = {}
    for row in seen.values():
        if "events" not in row:
            continue
        first = timepoints.setdefault((row["arm_id"], row["outcome"], row["population"]), row)
        if first["timepoint"] != row["timepoint"]:
            message = f"row {first.line} has counts of this outcome at another timepoint ({first['timepoint']})"
            yield _at(evidence.outcomes, row, "timepoint", message, "give each timepoint an outcome of its own")


def _within(evidence: Evidence, config: dict) -> Iterator[Problem]:
    """Every event of a nested outcome is one of the wider outcome too: no more complete than overall responses."""
    columns = ("arm_id", "outcome", "timepoint", "population", "assessor", "report_id")
    counted = {tuple(row[c] for c in columns): row for row in current_rows(evidence) if "events" in row}
    for (arm, outcome, *rest), row in counted.items():
        wider = counted.get((arm, config["outcomes"][outcome].get("within"), *rest))
        if wider and row["events"] > wider["events"]:
            message = f"more events than {wider['outcome']} has in row {wider.line} ({wider['events']})"
            yield _at(evidence.outcomes, row, "events", message, "correct one of the two counts")


def _arm_sizes(evidence: Evidence, config: dict) -> Iterator[Problem]:
    arms, minimum = by_id(evidence.arms, "arm_id"), config["eligibility"]["minimum_patients"]
    for row in evidence.outcomes.rows:
        size = arms[row["arm_id"]]["n"]
        if row["population"] == "all" and row.get("n", size) != size:
            yield _at(evidence.outcomes, row, "n", f"the arm has {size} patients", "say why in reason", stops=False)
    grouped = {arm for group in config["groups"].values() for arm in group_arms(evidence, group["where"])}
    for arm in evidence.arms.rows:
        if arm["arm_id"] not in grouped:
            remedy = "correct the row or the groups of config/config.yaml"
            yield _at(evidence.arms, arm, "arm_id", "the arm belongs to no group", remedy, stops=False)
        if arm["n"] < minimum:
            message = f"fewer than {minimum} patients: the arm is not pooled"
            yield _at(evidence.arms, arm, "n", message, "nothing, if the number is right", stops=False)


def _parts(evidence: Evidence) -> Iterator[Problem]:
    """The parts of an arm along one dimension against the whole arm."""
    arms, parts = by_id(evidence.arms, "arm_id"), defaultdict(list)
    for row in current_rows(evidence):
        if (dimension := part_of(row)) and "n" in row:
            parts[row["arm_id"], row["outcome"], row["timepoint"], dimension].append(row)
    for (arm, _, _, dimension), rows in parts.items():
        total, size = sum(row["n"] for row in rows), arms[arm]["n"]
        if total != size:
            message = f"the parts by {dimension} hold {total} patients together, the arm {size}"
            more = total > size
            remedy = "correct a part or the arm" if more else "compare with the source; some patients are in no part"
            first = min(rows, key=lambda row: row["row_id"])
            yield _at(evidence.outcomes, first, "n", message, remedy, stops=more)


def _legacy_boxes(evidence: Evidence) -> Iterator[Problem]:
    """The counts by reason of a published version against the whole box."""
    reasons, wholes = defaultdict(int), {}
    for row in evidence.legacy.rows:
        if "reason" in row:
            reasons[row["version"], row["box"]] += row["count"]
        else:
            wholes[row["version"], row["box"]] = row
    for box, total in reasons.items():
        whole = wholes.get(box)
        if whole and whole["count"] != total:
            message = f"the reasons of {whole['box']} add up to {total}"
            yield _at(evidence.legacy, whole, "count", message, "compare with the source", stops=False)


def _reason_codes(evidence: Evidence, config: dict) -> Iterator[Problem]:
    """A reason that is no code still counts, but by itself: nobody can say what it means in the flow diagram."""
    codes = {*config["eligibility"]["criteria"], *config["screening"]["pending"], "not_retrieved", "ongoing"}
    for table in (evidence.decisions, evidence.adjudications):
        for row in table.rows:
            if "reason" in row and row["reason"] not in codes:
                remedy = "use a code of eligibility.criteria or screening.pending, or add this one there"
                yield _at(table, row, "reason", "config/config.yaml knows no such code", remedy, stops=False)
