"""What was pooled and what came out, as tidy tables: enough to repeat every result with other software."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from perennial.export.released import Released
from perennial.extraction.evidence import by_id
from perennial.extraction.selection import studies_included

Row = dict[str, Any]

POOLED = (
    *("k", "n", "events", "estimate", "ci_low", "ci_high", "pi_low", "pi_high"),
    *("tau2", "i2", "i2_tau2", "q", "q_df", "q_p", "mean", "se"),
)
INTERVAL = ("k", "estimate", "ci_low", "ci_high")
COMPARED = ("estimate", "se", "ci_low", "ci_high", "q", "q_df", "q_p")
WITHIN = (*INTERVAL, "p", "df", "tau2", "i2", "pi_low", "pi_high")
ASYMMETRY = ("k", "bias", "se", "t", "df", "p", "limit", "limit_low", "limit_high")
INFLUENCE = (
    *("residuals", "rstandard", "rstudent", "dffits", "cooks_distance", "covariance_ratio"),
    *("tau2_deleted", "q_deleted", "hat", "weights"),
)


def analysis_tables(released: Released) -> dict[str, list[Row]]:
    """The rows of each table, by its name; their columns are told in `data_package`."""
    return {
        "studies": _studies(released),
        "reports": [dict(row) for row in released.review.evidence.reports.rows],
        "models": [{"model": name, **model} for name, model in released.review.config["models"].items()],
        "codes": _codes(released),
        "counts": _counts(released),
        "variants": _variants(released),
        "trials": _trials(released),
        "results": list(_results(released)),
    }


def _read(released: Released, path: str) -> dict[str, Any]:
    return json.loads((released.project / released.results / "analyses" / path).read_bytes())


def _analyses(released: Released) -> Iterator[tuple[str, str]]:
    return product(released.review.outcomes, released.review.groups)


def _studies(released: Released) -> list[Row]:
    review = released.review
    counted = set(studies_included(review.evidence, review.config, review.horizon))
    return [{**row, "included": _truth(row["study_id"] in counted)} for row in review.evidence.studies.rows]


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _codes(released: Released) -> list[Row]:
    config = released.review.config
    kinds = {"outcome": config["outcomes"], "group": config["groups"], "comparison": config["comparisons"]}
    kinds |= {"set": config["bias"]["sets"], "test": config["bias"]["tests"], "rule": config["multiverse"]["rules"]}
    rows = [
        {"kind": kind, "code": code, "label": each["label"]} for kind, of in kinds.items() for code, each in of.items()
    ]
    for code, each in config["within_trials"].items():
        label = f"{each['first']['label']} against {each['second']['label']}"
        rows.append({"kind": "within_trials", "code": code, "label": label})
    return rows


def _counts(released: Released) -> list[Row]:
    evidence = released.review.evidence
    arms, reports = by_id(evidence.arms, "arm_id"), by_id(evidence.reports, "report_id")
    extracted, rows = by_id(evidence.outcomes, "row_id"), []
    for outcome, group in _analyses(released):
        for row in _read(released, f"{outcome}/{group}/pooled.json")["studies"]:
            source, arm = extracted[row["from"]["row_id"]], arms[row["arm_id"]]
            told = {key: row[key] for key in ("arm_id", "study_id", "report_id", "published", "events", "n")}
            rows.append(
                {
                    "outcome": outcome,
                    "group": group,
                    **told,
                    "arm": arm["label"],
                    "regimen": arm.get("regimen", ""),
                    "report_kind": reports[row["report_id"]]["kind"],
                    **row["from"],
                    "locator": source["locator"],
                    "quote": source.get("quote", ""),
                }
            )
    return rows


def _variants(released: Released) -> list[Row]:
    return [
        {"outcome": outcome, "group": group, **variant}
        for outcome, group in _analyses(released)
        for variant in _read(released, f"{outcome}/{group}/variants.json")["variants"]
    ]


def _trials(released: Released) -> list[Row]:
    rows = []
    for outcome in released.review.outcomes:
        for comparison, told in _read(released, f"{outcome}/within_trials.json")["comparisons"].items():
            for trial in told["trials"]:
                names = {f"rows{side}": " ".join(each["row_id"] for each in trial[f"from{side}"]) for side in "12"}
                rows.append({"outcome": outcome, "comparison": comparison, **trial, **names})
    return rows


def _results(released: Released) -> Iterator[Row]:
    """Every number, one a row: of which analysis, outcome, group and model, of what in it, and which quantity."""
    for outcome, group in _analyses(released):
        at = {"outcome": outcome, "group": group}
        folder = f"{outcome}/{group}"
        pooled = _read(released, f"{folder}/pooled.json")
        for study in pooled["studies"]:
            yield from _each(study, INTERVAL[1:], analysis="study", item=study["arm_id"], **at)
        for model, told in pooled["models"].items():
            yield from _pooled(told, analysis="pooled", model=model, **at)
        sensitivity = _read(released, f"{folder}/sensitivity.json")
        for model, without in sensitivity["leave_one_out"].items():
            for told in without:
                yield from _pooled(told, analysis="leave_one_out", model=model, item=told["left_out"], **at)
        for model, told in sensitivity["influence"].items():
            for i, arm in enumerate(sensitivity["arms"] if "refused" not in told else ()):
                values = {name: told[name][i] for name in INFLUENCE} | {"dfbetas": told["dfbetas"][i][0]}
                values |= {f"baujat_{axis}": told["baujat"][axis][i] for axis in "xy"}
                yield from _each(values, values, analysis="influence", model=model, item=arm, **at)
        for variant in _read(released, f"{folder}/variants.json")["variants"]:
            for model, told in variant["models"].items():
                yield from _pooled(told, analysis="variant", model=model, item=variant["variant_id"], **at)
        robustness = _read(released, f"{folder}/robustness.json")
        for told in (each for kind in ("curve", "not_estimable") for each in robustness["specifications"][kind]):
            item = " ".join(told[name] for name in ("measure", "tau2_method", "interval", "rule"))
            yield from _each(told, (*INTERVAL, "tau2"), analysis="specification", item=item, **at)
        for told in robustness["bayes"]:
            item = f"{told['prior']} {told['scale']}"
            yield from _each(told, (*INTERVAL, "pi_low", "pi_high"), analysis="bayes", item=item, **at)
    for outcome in released.review.outcomes:
        yield from _between(released, outcome)
    for told in _read(released, "medians.json")["medians"]:
        at = {"outcome": told["outcome"], "group": told["group"]}
        yield from _each(told, INTERVAL, analysis="median", **at)


def _between(released: Released, outcome: str) -> Iterator[Row]:
    """Results of an outcome that are of more groups than one."""
    for item, compared in _read(released, f"{outcome}/comparisons.json")["comparisons"].items():
        for model, told in compared["models"].items():
            yield from _each(told, COMPARED, analysis="comparison", outcome=outcome, model=model, item=item)
    for item, compared in _read(released, f"{outcome}/within_trials.json")["comparisons"].items():
        for measure in ("odds_ratio", "risk_difference"):
            for method in ("wald", "hartung_knapp", "hartung_knapp_adhoc", "mantel_haenszel"):
                told = compared[measure][method]
                model = f"{measure} {method}"
                yield from _each(told, WITHIN, analysis="within_trials", outcome=outcome, model=model, item=item)
    for item, told in _read(released, f"{outcome}/bias.json")["egger"].items():
        yield from _each(told, ASYMMETRY, analysis="asymmetry", outcome=outcome, item=item)


def _pooled(told: Mapping[str, Any], **where: str) -> Iterator[Row]:
    yield from _each(told, POOLED, **where)
    safeguarded = told["safeguarded"] or {}
    yield from _each(
        {f"adhoc_{key}": safeguarded.get(key) for key in ("ci_low", "ci_high")},
        ("adhoc_ci_low", "adhoc_ci_high"),
        **where,
    )


def _each(told: Mapping[str, Any], quantities: Any, **where: str) -> Iterator[Row]:
    """A row a quantity; one that does not exist is empty."""
    for quantity in quantities:
        yield {**where, "quantity": quantity, "value": told.get(quantity)}
