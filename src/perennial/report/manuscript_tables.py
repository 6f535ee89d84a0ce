"""The tables of the manuscript, and how its parts call outcomes and intervals."""

from perennial.numbers import interval, percent
from perennial.report.blocks import Table
from perennial.report.display import responses_by_arm, secondary_by_arm


def named(outcome: dict) -> str:
    """The outcome with its abbreviation, unless that says nothing new."""
    label, short = outcome["label"], outcome["abbreviation"]
    return label if short.lower() in label.lower() else f"{label} ({short})"


def level(card: dict) -> str:
    return f"{round(100 * card['level'], 1):g}%"


def proportions(card: dict) -> list[dict]:
    return [outcome for outcome in card["outcomes"] if outcome["kind"] == "proportion"]


def every_analysis(card: dict, summary: dict) -> list[tuple[dict, dict, dict]]:
    """Each outcome and group with its result, in the order of the configuration."""
    return [
        (outcome, group, summary["analyses"][outcome["id"]][group["id"]])
        for outcome in proportions(card)
        for group in card["groups"]
    ]


def manuscript_tables(
    card: dict, summary: dict, arms: list[dict], responses: list[dict], secondary: list[dict]
) -> dict[str, Table]:
    """Those that have a row, in the order of their numbers."""
    found = {
        "characteristics": _characteristics_table(card, arms),
        "responses": _responses_table(card, responses),
        "pooled": _pooled_table(card, summary),
        "secondary": _secondary_table(card, secondary),
    }
    return {name: table for name, table in found.items() if table.rows}


def _characteristics_table(card: dict, arms: list[dict]) -> Table:
    columns = ("Study", "Registry", "Group", "Design", *(heading for _, heading in card["characteristics"]), "Found in")
    keys = ("study", "registry_id", "group", "design", *(column for column, _ in card["characteristics"]), "locator")
    return Table(
        "Characteristics of the studies.",
        columns,
        tuple(tuple(row[key] for key in keys) for row in arms),
        tuple(tuple(f"characteristics.{row['arm_id']}.{key}" for key in keys) for row in arms),
    )


def _responses_table(card: dict, responses: list[dict]) -> Table:
    outcomes = proportions(card)
    columns = ("Study", "Group", "Treatment", *(f"{outcome['abbreviation']}, n/N (%)" for outcome in outcomes))
    arms = responses_by_arm(responses, outcomes)
    return Table(
        f"Patients with each outcome (n) among those assessed (N). {_abbreviations(outcomes)}",
        columns,
        _rows_by_arm(arms, outcomes),
        _names_by_arm("responses", arms, outcomes),
    )


def _secondary_table(card: dict, secondary: list[dict]) -> Table:
    outcomes = [outcome for outcome in card["outcomes"] if outcome["kind"] != "proportion"]
    arms = secondary_by_arm(secondary, card["outcomes"])
    return Table(
        "Secondary outcomes, with intervals as reported; where no unit is given, in months."
        f" {_abbreviations(outcomes)}",
        ("Study", "Group", "Treatment", *(outcome["abbreviation"] for outcome in outcomes)),
        _rows_by_arm(arms, outcomes),
        _names_by_arm("secondary", arms, outcomes),
    )


def _rows_by_arm(arms: list[dict], outcomes: list[dict]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (arm["study"], arm["group"], arm["regimen"], *(arm["cells"][outcome["id"]] for outcome in outcomes))
        for arm in arms
    )


def _names_by_arm(table: str, arms: list[dict], outcomes: list[dict]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (*[f"arm/{arm['arm_id']}"] * 3, *(f"{table}.{arm['arm_id']}.{outcome['id']}" for outcome in outcomes))
        for arm in arms
    )


POOLED = ("", "", ".k", ".events", ".ci", ".pi", ".i2", ".tau2", ".warnings")
"""What each cell of a pooled result is called, after the outcome, the group and the model."""


def _pooled_table(card: dict, summary: dict) -> Table:
    columns = (
        *("Outcome and group", "Model", "Studies", "Events/n", f"Estimate, % ({level(card)} interval)"),
        *("Prediction interval, %", "I², %", "τ²", "Remarks"),
    )
    rows = tuple(
        (f"{outcome['abbreviation']}, {group['label']}", model["label"], *_fit_cells(result["models"][model["id"]]))
        for outcome, group, result in every_analysis(card, summary)
        for model in card["models"]
    )
    names = tuple(
        tuple(f"{outcome['id']}.{group['id']}.{model['id']}{cell}" for cell in POOLED)
        for outcome, group, _ in every_analysis(card, summary)
        for model in card["models"]
    )
    caption = (
        "Pooled results under each model. τ² is on the scale of each model's transformation and cannot be compared"
        f" between scales. {_abbreviations(proportions(card))}"
    )
    return Table(caption, columns, rows, names)


def _fit_cells(fit: dict) -> tuple[str, ...]:
    safeguarded = fit["safeguarded"]
    remarks = "; ".join(fit["warnings"])
    if safeguarded:
        remarks += f": {interval(safeguarded['ci_low'], safeguarded['ci_high'])}"
    estimate = f"{percent(fit['estimate'])} ({interval(fit['ci_low'], fit['ci_high'])})"
    return (
        str(fit["k"]),
        f"{fit['events']}/{fit['n']}",
        "none" if fit["estimate"] is None else estimate,
        interval(fit["pi_low"], fit["pi_high"]),
        "" if fit["i2"] is None else f"{fit['i2']:.1f}",
        "" if fit["tau2"] is None else f"{fit['tau2']:.4f}" if fit["tau2"] else "0",
        remarks,
    )


def _abbreviations(outcomes: list[dict]) -> str:
    """What the headings of a table stand for."""
    meant = [f"{each['abbreviation']}: {each['label']}" for each in outcomes if named(each) != each["label"]]
    return "; ".join(meant) + "." if meant else ""
