"""The values that are reported, by name: of the summary, the tables, the flow of records and the audit."""

from collections.abc import Iterable, Mapping
from typing import Any

from perennial.audit.paper import SELECTION, Paper
from perennial.provenance.context import Context
from perennial.provenance.made import named_in, rows_named

PAIRS = {"ci": ("ci_low", "ci_high"), "pi": ("pi_low", "pi_high")}
"""Intervals, which are shown as one."""


def add_values(context: Context) -> None:
    for add in (_summary, _pooled, _bias, _comparisons, _history, _tables, _flow, _claims, _exclusions):
        add(context)


def _summary(context: Context) -> None:
    """What the summary says besides the analyses."""
    summary = context.json("summary.json")
    for name in summary:
        if name not in ("analyses", "comparisons", "bias"):
            rests_on = ["card/summarise/review"]
            if name == "studies_included":
                rests_on += context.there(f"study/{study}" for study in context.cards["summarise/review"]["studies"])
            if name in ("as_of", "reconstructed"):
                rests_on += context.searches
            if name == "primary_model":
                rests_on.append(context.setting("primary_model"))
            context.value(name, context.at("summary.json", name), rests_on)


def _pooled(context: Context) -> None:
    analyses, primary = context.json("summary.json")["analyses"], context.config["primary_model"]
    for outcome, groups in analyses.items():
        for group, found in groups.items():
            card, name = f"pool/{outcome}.{group}", f"{outcome}.{group}"
            settings = [
                context.setting("level"),
                context.setting("outcomes", outcome),
                context.setting("groups", group),
                context.setting("eligibility", "minimum_patients"),
                context.setting("assessors"),
            ]
            rows = context.there(named_in(context.cards[card]["rows"]))
            for model in found["models"]:
                said = f"pooled from {len(context.cards[card]['rows'])} arms under the model {model}"
                evidence = rows or [context.graph.end("empty", EMPTY)]
                of_model = [f"card/{card}", context.setting("models", model), *settings, *evidence]
                at = context.at(f"analyses/{outcome}/{group}/pooled.json", "models", model)
                context.value(f"{name}.{model}", at, of_model, said)
                where = ("analyses", outcome, group, "models", model)
                _fields(context, f"{name}.{model}", found["models"][model], where, [f"{name}.{model}"])
            leading = [f"{name}.{primary}", context.setting("primary_model")]
            shown = {key: value for key, value in found.items() if key not in ("models", "left_out")}
            _fields(context, name, shown, ("analyses", outcome, group), leading)
            context.value(name, context.at("summary.json", "analyses", outcome, group), leading)
            left_out = context.there(f"arm/{arm['arm_id']}" for arm in found["left_out"])
            at = context.at("summary.json", "analyses", outcome, group, "left_out")
            context.value(f"{name}.left_out", at, ["card/summarise/review", *settings, *left_out])


EMPTY = "no arm of the group gave a count by the day of the review"


def _fields(
    context: Context, name: str, found: Mapping[str, Any], where: tuple[str, ...], rests_on: Iterable[str]
) -> None:
    rests_on = list(rests_on)
    for key, value in found.items():
        if isinstance(value, dict):
            _fields(context, f"{name}.{key}", value, (*where, key), rests_on)
        else:
            context.value(f"{name}.{key}", context.at("summary.json", *where, key), rests_on)
    for pair, (low, high) in PAIRS.items():
        if low in found and high in found:
            context.value(f"{name}.{pair}", f"{context.at('summary.json', *where, low)}, {high}", rests_on)


def _bias(context: Context) -> None:
    for outcome, tests in context.json("summary.json")["bias"].items():
        for test, found in tests.items():
            card = context.cards[f"test_asymmetry/{outcome}"]
            rows = context.there(named_in(card["sets"][found["set"]]))
            settings = [context.setting("bias", "tests", test), context.setting("bias", "sets", found["set"])]
            name, at = f"{outcome}.bias.{test}", context.at(f"analyses/{outcome}/bias.json", "egger", test)
            context.value(name, at, [f"card/test_asymmetry/{outcome}", *settings, *rows], "Egger's test")
            _fields(context, name, found, ("bias", outcome, test), [name])


def _comparisons(context: Context) -> None:
    primary = context.config["primary_model"]
    for outcome, comparisons in context.json("summary.json")["comparisons"].items():
        for comparison, found in comparisons.items():
            name, where = f"{outcome}.comparisons.{comparison}", ("comparisons", outcome, comparison)
            card = f"card/compare_groups/{outcome}"
            for model, difference in found["models"].items():
                sides = [f"{outcome}.{group}.{model}" for group in found["groups"]]
                at = context.at(f"analyses/{outcome}/comparisons.json", "comparisons", comparison, "models", model)
                rests_on = [card, context.setting("comparisons", comparison), *sides]
                said = f"difference of {' and '.join(sides)}"
                context.value(f"{name}.{model}", at, rests_on, said)
                _fields(context, f"{name}.{model}", difference, (*where, "models", model), [f"{name}.{model}"])
            leading = [f"{name}.{primary}", context.setting("primary_model")]
            _fields(context, name, found["models"][primary], (*where, "models", primary), leading)
            context.value(f"{name}.groups", context.at("summary.json", *where, "groups"), leading)
            context.value(name, context.at("summary.json", *where), leading)


def _history(context: Context) -> None:
    """The steps of each analysis, each with the rows that were pooled from its day on."""
    for outcome in context.outcomes:
        for group in context.groups:
            card = f"replay/{outcome}.{group}"
            for place, step in enumerate(context.cards[card]["steps"]):
                rows = context.there(named_in(step["rows"])) or [context.graph.end("empty", EMPTY)]
                models = [context.setting("models"), context.setting("primary_model")]
                at = context.at(f"analyses/{outcome}/{group}/history.json", "steps", place)
                said = f"pooled from {len(step['rows'])} arms, as of {step['date']}"
                name = f"history.{outcome}.{group}.{step['date']}"
                context.value(name, at, [f"card/{card}", *models, *rows], said)


def _tables(context: Context) -> None:
    for row in context.csv("tables/characteristics.csv"):
        for column in row:
            at = context.at("tables/characteristics.csv", row["arm_id"], column)
            rests_on = [f"arm/{row['arm_id']}", "card/tabulate/characteristics"]
            context.value(f"characteristics.{row['arm_id']}.{column}", at, rests_on)
    for table in ("responses", "secondary"):
        told, shown = context.csv(f"tables/{table}.csv"), context.outcomes
        if table == "secondary":
            shown = [name for name in context.config["outcomes"] if name not in shown]
        cells: dict[tuple[str, str], list[str]] = {(row["arm_id"], name): [] for row in told for name in shown}
        for row in told:
            if table == "secondary" or row["population"] == "all":
                cells.setdefault((row["arm_id"], row["outcome"]), []).extend(rows_named(row["row_id"]))
        for (arm, outcome), rows in cells.items():
            at = context.at(f"tables/{table}.csv", arm, outcome)
            evidence = context.there(rows) or [context.graph.end("cell", "no row on record tells of it")]
            context.value(f"{table}.{arm}.{outcome}", at, [*evidence, f"card/tabulate/{table}"])


def _flow(context: Context) -> None:
    flow = context.json("prisma/flow.json")
    printed = [name for name in context.graph.nodes if name.startswith("count/")]
    for place, box in enumerate(flow["boxes"]):
        rows = [name for name in printed if name.startswith(f"count/{flow['version']}/{box['id']}")]
        why = f"{box['label']}: the source prints no such count, and it is not worked out from others"
        rests_on = rows or [context.graph.end(f"flow/{box['id']}", why)]
        at = context.at("prisma/flow.json", "boxes", place)
        context.value(f"flow.{box['id']}", at, ["card/count_flow/review", *rests_on])
    if context.has("prisma/update.json"):
        _update(context, context.json("prisma/update.json"))


def _update(context: Context, flow: Mapping[str, Any]) -> None:
    """Each box rests on the records in it; where it does not list them, on all."""
    for name, box in flow["boxes"].items():
        if name.startswith("previous_") and flow["previous"]:
            named = [each for each in context.graph.nodes if each.startswith(f"count/{flow['previous']['version']}/")]
        else:
            named = [f"record/{each}" for each in box.get("ids", ())]
        records = context.there(named) or ["records"]
        at = context.at("prisma/update.json", "boxes", name)
        context.value(f"flow.update.{name}", at, ["card/count_update/review", *records])


def _claims(context: Context) -> None:
    """Each printed number rests on where it is printed, and its recomputation on the rows that bear on it."""
    card = context.cards["audit_claims/review"]
    if not card["claims"]:
        return
    paper = Paper(
        **{key: card[key] for key in ("tables", "analyses", "tests", "corrected", "model", "level", "thresholds")}
    )
    settings = [context.setting("audit"), context.setting("models", context.config["audit"]["model"])]
    verdicts = {row["claim_id"]: row for row in context.csv("reproduction.csv")}
    for claim in card["claims"]:
        name, row = claim["claim_id"], verdicts[claim["claim_id"]]
        basis = context.there(_basis(claim["analysis"], paper))
        if not basis:
            basis = [context.graph.end("stated", "nothing in the tables of the review bears on this statement")]
        said = f"printed {row['published']}, recomputed {row['recomputed'] or 'not'}: "
        said += row["verdict"].replace("_", " ")
        rests_on = [f"claim/{name}", "card/audit_claims/review", *settings, *basis]
        context.value(f"claims.{name}", context.at("reproduction.csv", name), rests_on, said)


def _basis(analysis: str, paper: Paper) -> list[str]:
    """The rows that the recomputation of a claim looks at."""
    outcome, _, test = analysis.partition(".")
    if analysis in paper.analyses:
        return list(named_in(paper.analyses[analysis]))
    if test in paper.tests and outcome in paper.tests[test]["rows"]:
        return list(named_in(paper.tests[test]["rows"][outcome]))
    if analysis in paper.rows:
        return rows_named(paper.rows[analysis]["row_id"])
    if analysis in paper.arms:
        return [f"arm/{analysis}"]
    if SELECTION.fullmatch(analysis):
        return list(named_in(paper.select(analysis)))
    if analysis.startswith("reference "):
        return [f"reference/{analysis.removeprefix('reference ')}"]
    return [f"study/{analysis}"]


def _exclusions(context: Context) -> None:
    for row in context.csv("tables/exclusions.csv"):
        at = context.at("tables/exclusions.csv", row["record_id"])
        record = context.there([f"record/{row['record_id']}"])
        context.value(f"exclusions.{row['record_id']}", at, [*record, "card/list_reports/review"])
