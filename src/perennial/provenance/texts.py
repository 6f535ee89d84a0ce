"""The sentences of the page, by name, and what each rests on; a name is there even where nothing is to be said."""

from pathlib import Path

from perennial.provenance.context import Context
from perennial.provenance.graph import NOWHERE
from perennial.provenance.made import named_in
from perennial.provenance.records import import_name

METHODS = {
    "question": ["review"],
    "searches": ["search"],
    "living-mode": ["living"],
    "screening": ["screening"],
    "eligibility-and-data": ["eligibility", "extraction", "assessors"],
    "risk-of-bias-of-each-study": ["appraisal"],
    "outcomes-and-groups": ["outcomes", "groups"],
    "statistical-models": ["models", "primary_model", "level"],
    "heterogeneity-and-prediction": ["heterogeneity", "level", "models"],
    "comparisons": ["comparisons", "within_trials", "level"],
    "sensitivity": ["multiverse", "bayes", "models"],
    "funnel-plot-asymmetry": ["bias"],
    "tables-and-figures": ["tables", "level"],
}
"""The keys of the protocol by which each section of the methods is worded, by the section's heading as a slug."""

NONE = {
    "numbering": "it numbers or names a part of this page, or of a list, and tells of no evidence",
    "checklist": "the checklist's own words and numbers, from workflow/report/ or workflow/checklists/",
    "count": "it counts items of the list on this page beside which it stands",
}


def add_texts(context: Context) -> None:
    for name, why in NONE.items():
        context.graph.add(f"none.{name}", NOWHERE, f"no source: {why}")
    for add in (_protocol, _analyses, _waiting, _searches, _selection, _audit, _manuscript):
        add(context)


def _protocol(context: Context) -> None:
    for key in ("title", "question", "registration", "citation", "licence"):
        context.setting("review", key)
    for section, keys in METHODS.items():
        context.text(f"methods.{section}", *(context.setting(key) for key in keys))
    leading = (context.setting("primary_model"), context.setting("level"), context.setting("models"))
    context.text("results.model", *leading)
    context.text("cite", context.setting("review"), "as_of", "version")
    context.text("audit", context.file("update/changes.json"), "version")
    context.text("software", "card/write_report/review")
    context.text("changes", context.file("update/changes.json"))
    context.text("doubts", context.file("update/notices.json"))
    context.text("back_test", context.file("update/back_test.json"))
    context.setting("tables")
    living, searches = context.setting("living"), context.searches
    for each in context.cards["write_report/review"]["living"]:
        context.text(f"living.{each['key']}", living, *searches)
    context.text("living.overdue", living, *searches)


def _analyses(context: Context) -> None:
    bounds, level = context.setting("heterogeneity"), context.setting("level")
    for outcome in context.outcomes:
        for group in context.groups:
            name, folder = f"{outcome}.{group}", f"analyses/{outcome}/{group}"
            for sentence in ("plain", "facts", "pooled"):
                context.text(f"{name}.{sentence}", name, bounds, level)
            for sentence in ("leave_one_out", "influence"):
                context.text(f"{name}.{sentence}", context.file(f"{folder}/sensitivity.json"))
            for sentence in ("specifications", "bayes"):
                context.text(f"{name}.{sentence}", context.file(f"{folder}/robustness.json"))
            for variant in context.json(f"{folder}/variants.json")["variants"]:
                rests_on = (f"variant/{variant['variant_id']}", context.file(f"{folder}/variants.json"), name)
                context.text(f"{name}.variants.{variant['variant_id']}", *rests_on)
        for comparison in context.config["comparisons"]:
            context.text(f"{outcome}.comparisons.{comparison}", f"{outcome}.comparisons.{comparison}")
        for test in context.config["bias"]["tests"]:
            enough = context.setting("bias", "enough_studies")
            context.text(f"{outcome}.bias.{test}", f"{outcome}.bias.{test}", enough)
        _within_trials(context, outcome)
        steps = (context.file(f"analyses/{outcome}/{group}/history.json") for group in context.groups)
        context.text(f"{outcome}.history", *steps)
    context.text("history", context.file("update/back_test.json"))
    for each in context.cards["pool_medians/review"]["medians"]:
        rows = context.there(named_in(each["rows"]))
        context.text(f"medians.{each['outcome']}.{each['group']}", "card/pool_medians/review", level, *rows)


def _within_trials(context: Context, outcome: str) -> None:
    card = f"compare_within_trials/{outcome}"
    for name, trials in context.cards[card]["comparisons"].items():
        rows = context.there(named_in(trials))
        context.text(f"{outcome}.within_trials.{name}", f"card/{card}", context.setting("within_trials", name), *rows)


def _waiting(context: Context) -> None:
    """What waits for people: a sentence for each list of results/todo/, and one of all."""
    folder = context.file("todo/")
    lists = sorted(name for name in context.graph.nodes if name.startswith(folder))
    for file in lists:
        context.text(f"waiting.{Path(file).stem}", file)
    context.text("todo", *lists)
    context.text("waiting.reconstructed", "reconstructed")


def _searches(context: Context) -> None:
    for source in dict.fromkeys(each["source"] for each in context.json("search/account.json")["sources"]):
        runs = [name for name in context.graph.nodes if name.startswith(f"search/{source}/")]
        asked = runs or [context.setting("search")]
        context.text(f"search.{source}", *asked, "card/describe_search/review")
    context.text("search.strategy", context.setting("search", "strategy"), "card/describe_search/review")
    for each in context.json("search/account.json")["imports"]:
        sources = context.file("records/sources.csv")
        context.text(f"imports.{Path(each['file']).name}", import_name(each["file"]), sources)
    context.text("records", *(context.file(f"records/{name}") for name in ("sources.csv", "clusters.csv")), "records")
    context.text("notices", context.file("records/report_status.csv"))
    context.text("trials", context.file("records/trials.csv"))
    reports = {row["report_id"] for row in context.csv("records/report_status.csv")}
    for report in sorted(reports):
        rests_on = context.there([f"report/{report}"])
        context.text(f"notices.{report}", context.file("records/report_status.csv"), *rests_on)
    for row in context.csv("records/trials.csv"):
        if row["study_id"]:
            study = context.there([f"study/{row['study_id']}"])
            context.text(f"trials.{row['study_id']}", context.file("records/trials.csv"), *study)


def _selection(context: Context) -> None:
    boxes = [f"flow.{box['id']}" for box in context.json("prisma/flow.json")["boxes"]]
    context.text("flow", *boxes)
    if context.has("prisma/update.json"):
        context.text("flow.update", *(f"flow.update.{name}" for name in context.json("prisma/update.json")["boxes"]))
    context.text("agreement", context.file("screening/agreement.json"), context.file("screening/decisions.csv"))
    context.text("exclusions", context.file("tables/exclusions.csv"), "records")
    for each in context.json("appraisal/summary.json")["checklists"]:
        name = each["checklist"]
        answers = [node for node in context.graph.nodes if node.startswith(f"appraisal/{name}/")]
        rests_on = (context.file("appraisal/summary.json"), context.setting("appraisal"), *answers)
        context.text(f"appraisal.{name}", *rests_on)
    context.text("appraisal", context.setting("appraisal"))


def _audit(context: Context) -> None:
    context.text("audit", context.file("reproduction.csv"))
    context.text("checks", context.file("todo/checks.csv"))


def _manuscript(context: Context) -> None:
    """Sections of the manuscript, each with what its sentences are made of; its tables name their cells."""
    pooled = [f"{outcome}.{group}" for outcome in context.outcomes for group in context.groups]
    settings = [context.setting(key) for key in ("primary_model", "level", "heterogeneity")]
    parts = {
        "study-selection-and-characteristics": [
            "studies_included",
            "as_of",
            context.file("tables/characteristics.csv"),
        ],
        "pooled-results": [*pooled, *settings],
        "comparison-of-groups": [
            f"{outcome}.comparisons.{name}" for outcome in context.outcomes for name in context.config["comparisons"]
        ],
        "sensitivity-analysis": [
            context.file(f"analyses/{outcome}/{group}/sensitivity.json")
            for outcome in context.outcomes
            for group in context.groups
        ],
        "small-study-effects": [
            f"{outcome}.bias.{name}" for outcome in context.outcomes for name in context.config["bias"]["tests"]
        ],
        "secondary-outcomes": [context.file("tables/secondary.csv")],
        "limitations": [*pooled, context.file("todo/checks.csv"), context.file("tables/characteristics.csv")],
    }
    notices = context.json("update/notices.json")
    if notices["waiting"] or notices["decided"]:
        parts["reports-with-a-notice"] = [context.file("update/notices.json")]
    for part, rests_on in parts.items():
        context.text(f"manuscript.{part}", *(rests_on or settings), by="write_manuscript")
