"""The living review as one self-contained page: every number, table and figure from the results."""

import base64
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from perennial.csv_table import read_csv
from perennial.living import notices, words
from perennial.numbers import heterogeneity_class, interval, p_value, percent
from perennial.report.checklists import checklist_summary, filled_checklist
from perennial.report.display import read_json, responses_by_arm, secondary_by_arm
from perennial.report.history import history_display
from perennial.report.manuscript import manuscript
from perennial.report.methods import methods
from perennial.report.screening import screening_display
from perennial.report.searches import search_display
from perennial.report.sentences import (
    bayes_sentence,
    comparison_sentence,
    egger_sentence,
    influence_sentence,
    leave_one_out_sentence,
    median_sentence,
    plain_sentence,
    pooled_sentence,
    specifications_sentence,
    variant_sentence,
    within_trials_sentence,
)
from perennial.report.to_html import to_html
from perennial.report.traces import slug, traced, with_trace
from perennial.report.work import checks_sentence, todo_in_short, work_sentences

STYLES, SCRIPTS = ("style.css", "trace.css"), ("page.js", "trace.js")
CHECKLISTS = {"PRISMA 2020": "prisma2020.yaml", "PRISMA for living systematic reviews": "prisma_lsr.yaml"}
SECTIONS = {
    *(
        "results",
        "changes",
        "waiting",
        "living",
        "search",
        "flow",
        "exclusions",
        "appraisal",
        "models",
        "history",
        "table-1",
        "table-2",
        "secondary",
        "checks",
        "methods",
    ),
    *("checklists", "manuscript", "cite", "software", "bias", "sensitivity"),
}
"""Ids on the page besides those of the outcomes and of the audit, which are not on every page."""


def render_page(card: dict, results: Path, templates: Path) -> str:
    """`card` holds names and settings, `results` is the folder of results, `templates` that of the page's parts.

    All text is escaped; the only style and script that a browser will accept are the page's own, by their digests.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "p_value": p_value}
    style, script = (
        "".join(f"\n{(templates / name).read_text(encoding='utf-8')}" for name in names) for names in (STYLES, SCRIPTS)
    )
    trace = read_json(results / "provenance" / "trace.json")
    summary, tables = read_json(results / "summary.json"), results / "tables"
    outcomes = [outcome for outcome in card["outcomes"] if outcome["kind"] == "proportion"]
    responses, findings = read_csv(tables / "responses.csv"), read_csv(results / "reproduction.csv")
    present = SECTIONS | {outcome["id"] for outcome in outcomes} | ({"audit"} if findings else set())
    if not outcomes:
        present -= {"bias", "sensitivity", "history"}  # they stand within the outcomes
    if summary["previous_version"] is None:
        present -= {"changes"}  # there it says only that there is nothing to compare with
    search = search_display(results)
    screening = screening_display(results, card["codes"], card["studies"])
    excluded, appraisals = read_csv(tables / "exclusions.csv"), _appraisals(results / "appraisal")
    if not excluded:
        present -= {"exclusions"}
    if not any(each["appraised"] for each in appraisals):
        present -= {"appraisal"}  # there it says only that nobody has appraised the studies
    checks = read_csv(results / "todo" / "checks.csv")
    unsaid = {each["key"]: each["missing"] for each in card["living"] if each["missing"]}
    if not search["asked"]:
        present -= {"search"}  # there it says only what was not searched, or that a strategy was not sent
    page = environment.get_template("index.html.j2").render(
        t=traced,
        slug=slug,
        called=trace["results"],
        card=card,
        summary=summary,
        style=Markup(style),
        script=Markup(script),
        style_digest=_digest(style),
        script_digest=_digest(script),
        outcomes=[_outcome(card, summary, results, outcome) for outcome in outcomes],
        interval=interval,
        heterogeneity_class=heterogeneity_class,
        characteristics=read_csv(tables / "characteristics.csv"),
        responses=responses_by_arm(responses, outcomes),
        parts=[row for row in responses if row["population"] != "all"],
        secondary=secondary_by_arm(read_csv(tables / "secondary.csv"), card["outcomes"]),
        medians=_medians(card, read_json(results / "analyses" / "medians.json")),
        secondary_outcomes=[outcome for outcome in card["outcomes"] if outcome["kind"] != "proportion"],
        abbreviation={outcome["id"]: outcome["abbreviation"] for outcome in card["outcomes"]},
        unsaid=len(unsaid),
        checks=checks,
        checks_told=checks_sentence(checks, card["studies"]),
        accepted=read_csv(tables / "accepted_checks.csv"),
        work=work_sentences(results),
        todo=todo_in_short(results),
        notices=_notices(read_json(results / "update" / "notices.json")),
        changes=_changes(read_json(results / "update" / "changes.json")),
        exclusions=excluded,
        appraisals=appraisals,
        audit=_audit(findings),
        search=search,
        screening=screening,
        update_figure=_picture(results / "prisma" / "update.svg") if screening["flow"] else "",
        history=history_display(card, results, outcomes),
        flow=read_json(results / "prisma" / "flow.json"),
        flow_figure=_picture(results / "prisma" / "flow.svg"),
        methods=methods(card),
        manuscript=Markup(to_html(manuscript(card, results))),
        checklists={name: _checklist(templates / file, present, outcomes, unsaid) for name, file in CHECKLISTS.items()},
    )
    return with_trace(page, trace["nodes"])


def _outcome(card: dict, summary: dict, results: Path, outcome: dict) -> dict[str, Any]:
    """All that the page says of one pooled outcome; sentences of which there may be several after their names."""
    folder, name, primary = results / "analyses" / outcome["id"], outcome["id"], card["primary_model"]
    names = {arm: label["label"] for arm, label in card["arms"].items()}
    groups = []
    for group in card["groups"]:
        result = summary["analyses"][name][group["id"]]
        sensitivity = read_json(folder / group["id"] / "sensitivity.json")
        robustness = read_json(folder / group["id"] / "robustness.json")
        runs, weighted = sensitivity["leave_one_out"][primary], _weighted_model(card)
        groups.append(
            {
                **group,
                "result": result,
                "left_out": [f"{names[arm['arm_id']]}: {arm['reason']}" for arm in result["left_out"]],
                "plain": plain_sentence(outcome["label"], result),
                "sentence": pooled_sentence(group["label"], result, card["level"], card["heterogeneity"]),
                "leave_one_out": leave_one_out_sentence(group["label"], runs, names),
                "variants": [
                    (variant["variant_id"], variant_sentence(variant, names, result, primary))
                    for variant in read_json(folder / group["id"] / "variants.json")["variants"]
                ],
                "influence": influence_sentence(
                    group["label"],
                    sensitivity["influence"][weighted["id"]] if weighted else None,
                    sensitivity["arms"],
                    names,
                    weighted["label"] if weighted else "",
                ),
                "specifications": specifications_sentence(group["label"], robustness["specifications"]),
                "specifications_figure": _picture(folder / group["id"] / "specifications.svg"),
                "bayes": bayes_sentence(group["label"], robustness["bayes"], card["level"]),
                "leave_one_out_figure": _picture(folder / group["id"] / "leave_one_out.svg"),
            }
        )
    tests, within = summary["bias"][name], read_json(folder / "within_trials.json")["comparisons"]
    compared = summary["comparisons"][name]
    return {
        **outcome,
        "groups": groups,
        "forest": _picture(folder / "forest.svg"),
        "funnel": _picture(folder / "funnel.svg"),
        "history": _picture(folder / "history.svg"),
        "egger": [
            (test["id"], egger_sentence(test["label"], card["bias_sets"][test["set"]], tests[test["id"]]))
            for test in card["bias_tests"]
        ],
        "within_trials": [
            (each["id"], within_trials_sentence(each, within[each["id"]], card["level"]))
            for each in card["within_trials"]
        ],
        "within_trials_figure": _picture(folder / "within_trials.svg"),
        "comparisons": [
            (
                each["id"],
                comparison_sentence(each["label"], compared[each["id"]]["models"][primary]),
            )
            for each in card["comparisons"]
        ],
    }


def _weighted_model(card: dict) -> dict | None:
    """The model by which influence is told: the primary one if it weighs studies, else the first that does."""
    weighing = [model for model in card["models"] if model["method"] == "inverse_variance"]
    return next((model for model in weighing if model["id"] == card["primary_model"]), next(iter(weighing), None))


def _appraisals(folder: Path) -> list[dict[str, Any]]:
    """Each checklist's sentence, with its figures where somebody has answered anything."""
    told = read_json(folder / "summary.json")["checklists"]
    for each in told:
        names = ("traffic_light", "summary") if each["appraised"] else ()
        each["figures"] = {name: _picture(folder / each["checklist"] / f"{name}.svg") for name in names}
    return told


def _changes(told: dict) -> dict[str, Any]:
    """What changed since the last release, in words; `before` is None where there is none."""
    if told["before"] is None:
        return told
    return {
        **told,
        "title": words.title(told),
        "sentences": words.study_sentences(told["studies"]),
        "protocol_sentences": words.protocol_sentences(told),
        "rows": words.estimate_rows(told),
        "why": words.cause_rows(told),
        "contrast_rows": words.contrast_rows(told),
        "signal_sentences": words.signal_sentences(told),
    }


def _notices(told: dict) -> dict[str, Any]:
    """The reports that a notice doubts: what waits, with and without them, and what was decided."""
    touched: dict[str, str] = {}
    for each in told["waiting"]:
        for name in (analysis["analysis"] for analysis in each["analyses"]):
            others = [touched[name]] if name in touched else []
            touched[name] = ", ".join(dict.fromkeys([*others, each["study"]]))
    return {
        "decided": [notices.decided_sentence(each) for each in told["decided"]],
        "waiting": [
            {
                "said": notices.waiting_sentence(each),
                "gives": each["gives"],
                "report": each["report_id"],
                "study": each["study"],
                "rows": [
                    [
                        analysis["label"],
                        "; ".join(f"{arm['count']} ({arm['instead'] or 'no other count'})" for arm in analysis["arms"]),
                        label,
                        *(notices.result_words(analysis["models"][model][side]) for side in ("with", "without")),
                    ]
                    for analysis in each["analyses"]
                    for model, label in told["shown"].items()
                ]
                + [
                    [
                        median["label"],
                        "",
                        notices.MEDIAN,
                        *(notices.median_words(median[side]) for side in ("with", "without")),
                    ]
                    for median in each["medians"]
                ],
            }
            for each in told["waiting"]
        ],
        "touched": touched,
    }


def _medians(card: dict, found: dict) -> list[tuple[str, str]]:
    """Each sentence after the name of its outcome and group."""
    labels = {each["id"]: each["label"] for each in (*card["outcomes"], *card["groups"])}
    told = {
        f"{each['outcome']}.{each['group']}": median_sentence(
            labels[each["outcome"]], labels[each["group"]], each, found["level"]
        )
        for each in found["medians"]
    }
    return [(name, sentence) for name, sentence in told.items() if sentence]


def _audit(findings: list[dict]) -> dict[str, Any]:
    """The claims, and how many of each verdict in each section of the published review."""
    sections = Counter((row["location"].partition(",")[0], row["verdict"]) for row in findings)
    names = list(dict.fromkeys(section for section, _ in sections))
    verdicts = ("reproduced", "differs", "not_recomputable")
    return {
        "findings": findings,
        "differs": [row for row in findings if row["verdict"] == "differs"],
        "totals": {verdict: sum(row["verdict"] == verdict for row in findings) for verdict in verdicts},
        "sections": [(name, [sections[name, verdict] for verdict in verdicts]) for name in names],
    }


def _checklist(path: Path, present: set[str], outcomes: list[dict], unsaid: dict[str, str]) -> dict[str, Any]:
    names = [outcome["id"] for outcome in outcomes]
    rows = filled_checklist(yaml.safe_load(path.read_text(encoding="utf-8")), present, names, unsaid)
    return {"rows": rows, "summary": checklist_summary(rows)}


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _picture(path: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()
