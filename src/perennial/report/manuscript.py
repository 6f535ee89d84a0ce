"""The results section of a paper: text and tables for people who still have to submit one.

It says what the values say and no more. Where a number could mislead, its caution stands in the same paragraph.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from perennial.csv_table import read_csv
from perennial.living import notices
from perennial.numbers import heterogeneity_class, interval, p_value, percent
from perennial.report.blocks import Block, Heading, Paragraph, Picture
from perennial.report.display import read_json
from perennial.report.manuscript_tables import every_analysis, level, manuscript_tables, named, proportions
from perennial.report.sentences import (
    comparison_sentence,
    egger_sentence,
    leave_one_out_sentence,
    pooled_sentence,
)
from perennial.report.traces import slug

WIDE = 0.5
"""A prediction interval that spans more than half of all proportions says little about a new study."""

WITHOUT_VALUE = {
    "not_reached": "not reached in",
    "not_estimable": "not estimable in",
    "not_reported": "not reported for",
}


def manuscript(card: dict, results: Path) -> list[Block]:
    """The text, section by section, and its tables; `card` and `results` are those of the page."""
    summary = read_json(results / "summary.json")
    arms, responses, secondary = (
        read_csv(results / "tables" / f"{name}.csv") for name in ("characteristics", "responses", "secondary")
    )
    secondary = [row for row in secondary if row["population"] in ("all", "")]
    tables = manuscript_tables(card, summary, arms, responses, secondary)
    place = {name: f"Table {number}" for number, name in enumerate(tables, 1)}
    sections: dict[str, Sequence[Block]] = {
        "Study selection and characteristics": _selection(card, summary, arms, place),
        "Pooled results": _pooled(card, summary, place),
        "Reports with a notice": _notices(read_json(results / "update" / "notices.json")),
        "Comparison of groups": _comparisons(card, summary),
        "Sensitivity analysis": _sensitivity(card, summary, results),
        "Small-study effects": _small_study_effects(card, summary),
        "Secondary outcomes": _secondary_outcomes(card, secondary, place),
        "Limitations": _limitations(card, summary, arms, read_csv(results / "todo" / "checks.csv")),
        "Tables": [replace(table, caption=f"{place[name]}. {table.caption}") for name, table in tables.items()],
    }
    return [
        block for title, blocks in sections.items() if blocks for block in (Heading(1, title), *_named(title, blocks))
    ]


def _named(title: str, blocks: Iterable[Block]) -> list[Block]:
    """The blocks of a section, its paragraphs traced by the name of the section."""
    name = f"text.manuscript.{slug(title)}"
    return [replace(block, trace=name) if isinstance(block, Paragraph) else block for block in blocks]


def figures(card: dict, results: Path) -> list[Block]:
    """The forest plot of each pooled outcome, for a document that stands alone."""
    analyses, found = read_json(results / "summary.json")["analyses"], []
    for number, outcome in enumerate(proportions(card), 1):
        name = f"Forest plot of {named(outcome)}"
        sentences = [
            pooled_sentence(group["label"], analyses[outcome["id"]][group["id"]], card["level"], card["heterogeneity"])
            for group in card["groups"]
        ]
        caption = " ".join([f"Figure {number}. {name}.", *sentences])
        found.append(Picture(results / "analyses" / outcome["id"] / "forest.png", caption, f"{name}: see the caption"))
    return [Heading(1, "Figures"), *found] if found else []


# English


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _listed(items: Sequence[str], word: str = "and") -> str:
    """One; one and another; one, another and a third. Semicolons where an item holds a comma."""
    comma = "; " if any("," in item for item in items) else ", "
    last = f"{comma}{word} " if comma == "; " else f" {word} "
    return comma.join(items[:-1]) + last + items[-1] if len(items) > 1 else "".join(items)


def _model(card: dict, name: str) -> str:
    return next(f"“{model['label']}”" for model in card["models"] if model["id"] == name)


def _bare(p: float) -> str:
    """The P value without its letter."""
    return p_value(p).removeprefix("P ").removeprefix("= ")


def _of_them(part: int, whole: int) -> str:
    return {0: "none", whole: "both" if whole == 2 else f"all {whole}"}.get(part, f"{part} of them")


# Values


def _is_pooled(result: dict) -> bool:
    """Two or more studies, and a model that gave an estimate."""
    return result["k"] > 1 and result["estimate"] is not None


def _excludes_zero(difference: dict) -> bool:
    return difference["ci_low"] > 0 or difference["ci_high"] < 0


def _study(row: dict) -> tuple[str, str]:
    return row["study"], row["registry_id"]


# Sections


def _selection(card: dict, summary: dict, arms: list[dict], place: dict[str, str]) -> list[Block]:
    studies = _count(summary["studies_included"], "study", "studies") if summary["studies_included"] else "no study"
    said = [f"As of {summary['as_of']}, the review includes {studies}."]
    if summary["reconstructed"]:
        said.append(
            "This state of the review is reconstructed: reports are kept by their dates of publication and not by an"
            " archived search."
        )
    if not arms:
        return [Paragraph(" ".join(said))]
    distinct = list({row["arm_id"]: row for row in arms}.values())
    labels = [group["label"] for group in card["groups"]]
    parts = [_arms_and_patients([row for row in arms if row["group"] == label]) + f" in {label}" for label in labels]
    where = f", all in {labels[0]}" if len(labels) == 1 else f": {_listed(parts)}"
    said.append(f"{place['characteristics']} describes {_arms_and_patients(distinct)}{where}.")
    if shared := len(arms) - len(distinct):
        said.append(f"Groups overlap: {_count(shared, 'entry repeats', 'entries repeat')} an arm of another group.")
    designs = Counter({_study(row): row["design"] or "not stated" for row in arms}.values())
    counted = "; ".join(f"{design} in {_count(n, 'study', 'studies')}" for design, n in designs.most_common())
    return [Paragraph(" ".join(said)), Paragraph(f"Design, as reported: {counted}.")]


def _arms_and_patients(arms: list[dict]) -> str:
    """Patients only where the table gives a number for every arm."""
    if not arms:
        return "no arm"
    sizes = [row.get("n", "") for row in arms]
    if not all(size.isdecimal() for size in sizes):
        return _count(len(arms), "arm")
    return f"{_count(len(arms), 'arm')} with {_count(sum(map(int, sizes)), 'patient')}"


def _pooled(card: dict, summary: dict, place: dict[str, str]) -> list[Block]:
    if not proportions(card):
        return []
    bounds = card["heterogeneity"]
    said = (
        f"Proportions are pooled under the model {_model(card, card['primary_model'])}, with {level(card)} intervals."
        f" Heterogeneity is called low up to an I² of {bounds['low']:g}%, moderate up to {bounds['moderate']:g}% and"
        " substantial above that."
    )
    if len(card["models"]) > 1:
        said += f" {place['pooled']} gives the results under all {len(card['models'])} models."
    blocks: list[Block] = [Paragraph(said)]
    for outcome in proportions(card):
        results = [(group["label"], summary["analyses"][outcome["id"]][group["id"]]) for group in card["groups"]]
        blocks.append(Heading(2, named(outcome)))
        blocks += [Paragraph(_group_result(card, group, result)) for group, result in results]
        few = [
            f"{group} ({result['k']})"
            for group, result in results
            if _is_pooled(result) and result["k"] < card["enough_studies"]
        ]
        if few:
            blocks.append(
                Paragraph(
                    f"Fewer than {card['enough_studies']} studies were pooled in {_listed(few)}. From so few, τ², I²"
                    " and the prediction interval are imprecise, and the Q test can miss heterogeneity."
                )
            )
    return blocks


def _group_result(card: dict, group: str, result: dict) -> str:
    """All that is said of one group: its result, what it means for a new study, and whether the model matters."""
    said = [f"{group}: {_estimate(card, result)}"]
    if _is_pooled(result):
        said += [_heterogeneity(card, result), _new_study(card, result)]
    if result["k"] > 1:
        said += _other_models(card, result)
    if result["left_out"]:
        names = [f"{card['arms'][arm['arm_id']]['label']}, {arm['reason']}" for arm in result["left_out"]]
        how_many = "One arm was" if len(names) == 1 else f"Of its arms, {len(names)} were"
        said.append(f"{how_many} not pooled: {'; '.join(names)}.")
    return " ".join(said)


def _estimate(card: dict, result: dict) -> str:
    k, sizes = result["k"], f"{_count(result['events'], 'event')} among {_count(result['n'], 'patient')}"
    bounds = f"{level(card)} interval {interval(result['ci_low'], result['ci_high'])}%"
    if k == 0:
        return "no study gave a count, so there is no result."
    if k == 1:
        return (
            f"one study found {percent(result['estimate'])}% ({bounds}; {sizes}). Nothing is pooled: there is no"
            " measure of heterogeneity and no prediction interval."
        )
    if result["estimate"] is None:
        return f"{k} studies ({sizes}) were not pooled under this model ({'; '.join(result['warnings'])})."
    return f"the pooled proportion was {percent(result['estimate'])}% ({bounds}), from {sizes} in {k} studies."


def _heterogeneity(card: dict, result: dict) -> str:
    return (
        f"Heterogeneity was {heterogeneity_class(result['i2'], card['heterogeneity'])} (I² {result['i2']:.1f}%;"
        f" Q = {result['q']:.2f}, {_count(result['q_df'], 'degree')} of freedom, {p_value(result['q_p'])})."
    )


def _new_study(card: dict, result: dict) -> str:
    said = (
        "A new study like these would be expected to find a true proportion between"
        f" {percent(result['pi_low'])}% and {percent(result['pi_high'])}% ({level(card)} prediction interval)"
    )
    if result["tau2"] == 0:
        said += "; τ² was estimated as 0, so this interval holds no variation between studies and may be too narrow"
    return f"{said}."


def _other_models(card: dict, result: dict) -> list[str]:
    """How far the models are apart, the widest interval among them, and what the recommended one says."""
    gave = {name: fit for name, fit in result["models"].items() if fit["estimate"] is not None}
    refused = [name for name in result["models"] if name not in gave]
    said, told = [], {card["primary_model"]}
    if len(gave) > 1:
        estimates = [fit["estimate"] for fit in gave.values()]
        apart = percent(max(estimates) - min(estimates))
        widest = max(gave, key=lambda name: gave[name]["ci_high"] - gave[name]["ci_low"])
        told.add(widest)
        said.append(
            f"The estimates of {'' if refused else 'the '}{len(gave)} models differed by"
            f" {f'at most {apart}' if float(apart) else 'less than 0.1'} percentage points; the widest interval was"
            f" {interval(gave[widest]['ci_low'], gave[widest]['ci_high'])}% ({_model(card, widest)})."
        )
    shown = "recommended" if "recommended" in gave else next(iter(gave), None)
    if shown and shown not in told:
        bounds = interval(gave[shown]["ci_low"], gave[shown]["ci_high"])
        said.append(f"The model {_model(card, shown)} gave {percent(gave[shown]['estimate'])}% ({bounds}%).")
    if others := [_model(card, name) for name in refused if name != card["primary_model"]]:
        said.append(f"No estimate came from {_listed(others)}.")
    return said


def _notices(told: dict) -> list[Block]:
    """Reports that were retracted, corrected or doubted: results with and without them, or what was decided."""
    waiting = [
        " ".join([notices.waiting_sentence(each), *notices.effect_sentences(each, told["shown"])])
        for each in told["waiting"]
    ]
    return [Paragraph(said) for said in (*waiting, *(notices.decided_sentence(each) for each in told["decided"]))]


def _comparisons(card: dict, summary: dict) -> list[Block]:
    compared = [(outcome, comparison) for outcome in proportions(card) for comparison in card["comparisons"]]
    if not compared:
        return []
    blocks = [Paragraph(f"{named(o)}. {_comparison(card, summary, o, c)}") for o, c in compared]
    if not any(_tested(summary, outcome, comparison) for outcome, comparison in compared):
        return blocks
    caution = (
        f"Differences are given with {level(card)} intervals. Such a comparison is between studies, not within them:"
        " nobody was randomised to these groups, and they may differ in more than what defines them."
    )
    return [*blocks, Paragraph(caution)]


def _tested(summary: dict, outcome: dict, comparison: dict) -> list[dict]:
    """The difference under each model that could give one."""
    models = summary["comparisons"][outcome["id"]][comparison["id"]]["models"]
    return [difference for difference in models.values() if difference["estimate"] is not None]


def _comparison(card: dict, summary: dict, outcome: dict, comparison: dict) -> str:
    primary = summary["comparisons"][outcome["id"]][comparison["id"]]["models"][card["primary_model"]]
    said = [comparison_sentence(comparison["label"], primary)]
    if primary["estimate"] is not None:
        pooled, labels = summary["analyses"][outcome["id"]], {group["id"]: group["label"] for group in card["groups"]}
        sides = [f"{percent(pooled[group]['estimate'])}% ({labels[group]})" for group in comparison["groups"]]
        said.append(f"The pooled proportions were {_listed(sides)}.")
        said.append(
            "The interval excludes zero."
            if _excludes_zero(primary)
            else "The interval includes zero: a difference is neither shown nor ruled out."
        )
    tested = _tested(summary, outcome, comparison)
    if len(tested) > 1:
        p, includes = [fit["q_p"] for fit in tested], sum(not _excludes_zero(fit) for fit in tested)
        said.append(
            f"Under the {len(tested)} models that allow the comparison, P values lie between {_bare(min(p))} and"
            f" {_bare(max(p))}, and the interval includes zero under {_of_them(includes, len(tested))}."
        )
    return " ".join(said)


def _sensitivity(card: dict, summary: dict, results: Path) -> list[Block]:
    """The range without each study, and whether one study decides what heterogeneity is called."""
    names = {arm: label["label"] for arm, label in card["arms"].items()}
    blocks: list[Block] = []
    for outcome in proportions(card):
        blocks.append(Heading(2, named(outcome)))
        for group in card["groups"]:
            folder = results / "analyses" / outcome["id"] / group["id"]
            runs = read_json(folder / "sensitivity.json")["leave_one_out"][card["primary_model"]]
            result = summary["analyses"][outcome["id"]][group["id"]]
            blocks.append(Paragraph(_without_each(card, group["label"], result, runs, names)))
    return blocks


def _without_each(card: dict, group: str, result: dict, runs: list[dict], names: dict[str, str]) -> str:
    if len(runs) < 2:
        return leave_one_out_sentence(group, [], names)
    refused = [names[run["left_out"]] for run in runs if run["estimate"] is None]
    if len(runs) - len(refused) < 2:
        return f"{group}: with one study left out the model gave fewer than two estimates, so there is no range."
    said = [leave_one_out_sentence(group, runs, names)]
    if refused:
        said.append(f"No estimate came without {_listed(refused, 'or')}.")
    if len(runs) == 2:
        said.append("Each of these is the result of the one study that stays.")
    elif _is_pooled(result):
        said.append(_classes(card, result, [run for run in runs if run["i2"] is not None], names))
    return " ".join(said)


def _classes(card: dict, result: dict, runs: list[dict], names: dict[str, str]) -> str:
    """Which studies change the class of heterogeneity when they are left out."""
    usual = heterogeneity_class(result["i2"], card["heterogeneity"])
    changed: dict[str, list[str]] = {}
    for run in runs:
        found = heterogeneity_class(run["i2"], card["heterogeneity"])
        if found != usual:
            changed.setdefault(found, []).append(f"{names[run['left_out']]} (I² {run['i2']:.1f}%)")
    if not changed:
        return f"Heterogeneity stays {usual} whichever study is left out."
    becomes = [f"{found} without {_listed(studies, 'or')}" for found, studies in changed.items()]
    return f"Heterogeneity, {usual} with all studies, becomes {', and '.join(becomes)}."


def _small_study_effects(card: dict, summary: dict) -> list[Block]:
    if not card["bias_tests"] or not proportions(card):
        return []
    blocks: list[Block] = []
    for outcome in proportions(card):
        found = summary["bias"][outcome["id"]]
        sentences = [
            egger_sentence(test["label"], card["bias_sets"][test["set"]], _reason_only(found[test["id"]]))
            for test in card["bias_tests"]
        ]
        blocks.append(Paragraph(" ".join([f"{named(outcome)}, Egger's test.", *sentences])))
    tests = [summary["bias"][outcome["id"]][test["id"]] for outcome in proportions(card) for test in card["bias_tests"]]
    said = "Asymmetry has several causes, among them chance and true differences between small and large studies."
    if any(test["p"] is not None and test["too_few"] for test in tests):
        said += " With so few studies, a large P value does not show that there is none."
    return [*blocks, Paragraph(said)]


def _reason_only(test: dict) -> dict:
    """Of a test that could not be done, only why: its power does not matter then."""
    reasons = [warning for warning in test["warnings"] if warning.startswith("not tested")]
    return {**test, "warnings": reasons} if test["p"] is None and reasons else test


def _secondary_outcomes(card: dict, rows: list[dict], place: dict[str, str]) -> list[Block]:
    if not rows:
        return []
    arms = len({row["arm_id"] for row in rows})
    said = [f"{place['secondary']} gives the secondary outcomes of {_count(arms, 'arm')} as reported. None was pooled."]
    for outcome in card["outcomes"]:
        found: dict[tuple[str, str], dict[str, dict]] = {}
        for row in rows:
            if row["outcome"] == outcome["id"]:
                found.setdefault((row["timepoint"], row["unit"]), {})[row["row_id"]] = row
        for (timepoint, unit), of_arms in found.items():
            at = "" if timepoint in ("", outcome["kind"]) else f" at {timepoint}"
            said.append(f"{named(outcome)}{at}: {_reported(of_arms.values(), unit)}.")
    return [*map(Paragraph, said)]


def _reported(rows: Iterable[dict], unit: str) -> str:
    """How many arms gave a value and between which values, and of the others why not."""
    rows = list(rows)
    values = sorted((row["estimate"] for row in rows if row["estimate"]), key=float)
    why = Counter(row["estimate_status"] or "not_reported" for row in rows if not row["estimate"])
    said = []
    if values:
        arms = f"{len(values)} of {_count(len(rows), 'arm')}" if why else _count(len(values), "arm")
        extremes = " to ".join(dict.fromkeys([values[0], values[-1]]))
        said.append(f"reported for {arms}, {extremes}{ {'percent': '%', '': ''}.get(unit, f' {unit}') }")
    for status, words in WITHOUT_VALUE.items():
        if why[status]:
            said.append(f"{words} {why[status] if said else _count(why[status], 'arm')}")
    return "; ".join(said)


def _limitations(card: dict, summary: dict, arms: list[dict], checks: list[dict]) -> list[Block]:
    """Those that can be computed; people add theirs."""
    found = every_analysis(card, summary)
    said = _limits_of_pooling(card, [each for each in found if _is_pooled(each[2])])
    if alone := sum(result["k"] == 1 for _, _, result in found):
        said.append(f"{'One result' if alone == 1 else f'Each of {alone} results'} rests on a single study.")
    groups: dict[tuple, set[str]] = {}
    for row in arms:
        groups.setdefault(_study(row), set()).add(row["group"])
    if several := sum(len(found) > 1 for found in groups.values()):
        said.append(
            f"{'One study has' if several == 1 else f'Of the studies, {several} have'} arms in more than one group, so"
            " those groups are not independent of each other."
        )
    if summary["reconstructed"]:
        said.append("No search was archived for this date, so the records cannot be retraced one by one.")
    said.append("The risk of bias of the studies was not appraised.")
    if checks:
        said.append(
            "One oddity in the extracted evidence still waits for a comparison with the source."
            if len(checks) == 1
            else f"In the extracted evidence, {len(checks)} oddities still wait for a comparison with the source."
        )
    return [Paragraph(" ".join(said))]


def _limits_of_pooling(card: dict, pooled: list[tuple[dict, dict, dict]]) -> list[str]:
    if not pooled:
        return []
    said, total = [], _count(len(pooled), "pooled result")
    most, enough = max(result["k"] for _, _, result in pooled), card["enough_studies"]
    if most < enough:
        said.append(f"No pooled result rests on more than {most} studies.")
    if any(result["ci_method"] == "Wald" and result["k"] < enough for _, _, result in pooled):
        said.append(
            "The intervals of the model used here are Wald intervals, which take τ² as known and tend to be too narrow"
            " when studies are few."
        )
    wide = [
        f"{outcome['abbreviation']}, {group['label']}"
        for outcome, group, result in pooled
        if result["pi_high"] - result["pi_low"] > WIDE
    ]
    if wide:
        said.append(
            f"In {len(wide)} of {total} ({'; '.join(wide)}) the prediction interval spans more than {100 * WIDE:g}"
            " percentage points and says little about a new study."
        )
    if none := sum(result["tau2"] == 0 for _, _, result in pooled):
        said.append(f"In {none} of {total} τ² was estimated as 0, which does not show that the studies agree.")
    return said
