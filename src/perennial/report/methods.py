"""The methods in words, from the configuration alone: a setting that is changed changes the sentence that tells it."""

from collections.abc import Iterable

ASSESSORS = {
    "independent": "an independent committee",
    "not_stated": "an assessor who is not stated",
    "investigator": "the investigators",
}

TRANSFORMATIONS = {
    "freeman_tukey": (
        "Freeman-Tukey double arcsine scale, averaged form with variance 1/(4n+2) (Freeman & Tukey 1950, Ann Math Stat "
        "21:607), and the way back at the harmonic mean of n (Miller 1978, Am Stat 32:138)"
    ),
    "logit": "log odds, a study with no event or with nothing else getting 0.5 added to its events and its non-events",
}

TAU2 = {
    "DL": "DerSimonian-Laird (DerSimonian & Laird 1986, Control Clin Trials 7:177), truncated at zero",
    "REML": "restricted maximum likelihood (Viechtbauer 2005, J Educ Behav Stat 30:261)",
}

INTERVALS = {
    "wald": "Wald (normal)",
    "t": "t with k-1 degrees of freedom",
    "hartung_knapp": "Hartung-Knapp, t with k-1 degrees of freedom (Knapp & Hartung 2003, Stat Med 22:2693)",
}

BELIEVED_FOR = {
    "freeman_tukey": (
        "for studies of similar size, because the way back depends on the harmonic mean of n and misleads where sizes "
        "are uneven (Schwarzer et al 2019, Res Synth Methods 10:476)"
    ),
    "logit": "where events are not rare, because a zero cell has to be corrected",
    "glmm": (
        "and preferred with few or rare events, because the binomial likelihood is exact and a zero cell needs no "
        "correction"
    ),
}
"""By what the likelihood or the transformation can bear."""

BELIEVED_WITH = {
    "wald": "with many studies only, because the Wald interval is too narrow with few",
    "t": "with few studies too, because the t interval allows for them",
    "hartung_knapp": (
        "with few studies too, because the interval covers well, though it may be too narrow where τ² is estimated "
        "near zero: where it is narrower than Wald the ad hoc variant (Rover et al 2015, BMC Med Res Methodol 15:99) "
        "is shown"
    ),
}
"""By what the interval can bear."""

ASYMMETRY_EFFECTS = {
    "raw": (
        "the untransformed proportion against the standard error of the transformed one, 1/√(n + 1/2); two scales that "
        "do not belong together, kept to recompute what was printed"
    ),
    "freeman_tukey": "estimate and standard error both on the Freeman-Tukey scale",
}

ALLOCATION = {
    "no": " The groups were not randomised.",
    "some": " Not every trial randomised the groups.",
    "yes": " The groups were randomised.",
}

KINDS = {"median": "medians", "rate": "rates at a timepoint"}


def methods(card: dict) -> list[tuple[str, list[str]]]:
    """Headings, each with its paragraphs in plain text; `card` is that of the page.

    A setting that has no words yet is named as the configuration has it.
    """
    return [
        ("Question", _question(card["review"])),
        ("Searches", _searches(card["search"])),
        ("Living mode", _living(card["living"])),
        ("Screening", _screening(card)),
        ("Eligibility and data", _data(card)),
        ("Risk of bias of each study", _appraisal(card)),
        ("Outcomes and groups", _outcomes_and_groups(card)),
        ("Statistical models", _models(card)),
        ("Heterogeneity and prediction", _heterogeneity(card)),
        ("Comparisons", _comparisons(card)),
        ("Sensitivity", _sensitivity(card)),
        ("Funnel plot asymmetry", _asymmetry(card)),
        ("Tables and figures", _displays(card)),
    ]


def _question(review: dict) -> list[str]:
    registration = review.get("registration")
    unregistered = "The protocol names no registration, so the review counts as unregistered."
    return [review["question"], f"Registration: {registration}." if registration else unregistered]


def _searches(search: dict) -> list[str]:
    """What each source is asked; the exact strings and what came of them stand with the results."""
    told = []
    if "pubmed" in search["sources"]:
        told.append(
            f"PubMed is searched through NCBI's E-utilities for {search['combine']}"
            + (f", limited by: {'; '.join(search['limits'])}" if search["limits"] else "")
            + ". Each search lists all records that match that day, so that one indexed late is found; a record that "
            "matched once and no longer does is kept and told."
        )
    if "clinicaltrials" in search["sources"]:
        asked = search["clinicaltrials"]
        told.append(
            f"ClinicalTrials.gov is searched for trials of the condition {asked['condition']} and the intervention "
            f"{asked['intervention']}, and asked for the status of the included trials."
        )
    if "europepmc" in search["sources"]:
        asked = search["europepmc"]
        told.append(f"Europe PMC is searched for preprints from {asked['from']} on: {asked['query']}.")
    if "crossref" in search["sources"]:
        told.append("Crossref is asked for notices of retraction or correction of each included report, both ways.")
    if not told:
        told.append("The workflow itself searches no source.")
    told.append(
        "Records of one publication are found by shared identifiers, then by comparing title, authors, journal, "
        "volume, pages and abstract (bib-dedupe; Wagner 2024, J Open Source Softw 9:6318). A notice, a preprint or the "
        "abstract of a talk is no duplicate of its article; pairs that stay uncertain are left to a person."
    )
    return told


LIVING = ("mode", "schedule", "steps", "included_studies", "repeated_analyses", "retirement")
"""What belongs to the methods of what is said of the living mode."""


def _living(told: list[dict]) -> list[str]:
    said = [f"{each['label']}: {each['text']}" for each in told if each["key"] in LIVING and each["text"]]
    return [*(said or ["The protocol does not say how the review is kept living."]), HISTORY]


HISTORY = (
    "The history of each result is what would have been pooled as of each day on which a report, a correction or a "
    "decision changed it, by the rules of the protocol as it stands; before the first archived search it is "
    "reconstructed from dates of publication, of which a partial one counts from its first day. At each step the "
    "signals that tell when an update matters are tried against the step before. The intervals and tests of such a "
    "cumulative analysis are not adjusted for looking repeatedly."
)


def _screening(card: dict) -> list[str]:
    asked = card["reviewers"]
    stages = {"titles and abstracts": asked["title_abstract"], "full texts": asked["full_text"]}
    told = [
        f"{_people(number, 'reviewer', 'judge')} each record on {stage}" if number else f"{stage} are not judged"
        for stage, number in stages.items()
    ]
    return [
        f"{_joined(told, '; ')}. Nothing moves on with fewer votes, and a disagreement waits until somebody settles "
        "it. Agreement is told as a percentage, as Cohen's kappa, PABAK and Gwet's AC1, on what both judged."
    ]


def _people(number: int, who: str, do: str) -> str:
    return f"{number} {who} {do}s" if number == 1 else f"{number} {who}s {do}"


def _appraisal(card: dict) -> list[str]:
    if not card["checklists"]:
        return ["The configuration names no checklist, so the risk of bias of each study is not appraised."]
    tools = _joined((f"{label} ({citation.rstrip('.')})" for label, citation in card["checklists"]), "; ")
    return [
        f"{_people(card['appraisers'], 'appraiser', 'answer')} each item of: {tools}. Where they differ, a consensus "
        "is recorded. No score is summed."
    ]


def _data(card: dict) -> list[str]:
    minimum = card["minimum_patients"]
    size = f"Arms with fewer than {minimum} patients are not pooled." if minimum > 1 else "Arms of any size are pooled."
    order = _joined((ASSESSORS.get(name, name) for name in card["assessors"]), ", then ")
    fixed = "".join(
        f" Studies are eligible only where {column} is {_joined(values, ' or ')}."
        for column, values in card["eligible_studies"].items()
    )
    return [
        f"{size}{fixed} An arm whose reports give no counts is left out by name; the workflow works "
        "out no count from a percentage.",
        f"A result counts where {_people(card['extractors'], 'extractor', 'agree')} on it cell by cell, or where it is "
        "marked as a consensus; a corrected row gives way to its correction. A study with a failed check is pooled "
        "when somebody has accepted it with a reason. Of two reports that may speak of the same patients the later is "
        "left out until somebody says which counts. "
        f"Where the counts of an arm were assessed more than once, those by {order} are taken; among these, those "
        "of the newest report published by the date of the review. An update without numbers removes no earlier one.",
    ]


def _outcomes_and_groups(card: dict) -> list[str]:
    names = {outcome["id"]: outcome["label"] for outcome in card["outcomes"]}
    pooled = [outcome for outcome in card["outcomes"] if outcome["kind"] == "proportion"]
    within = [
        f"Every event of {outcome['label']} also counts for {names.get(outcome['within'], outcome['within'])}."
        for outcome in pooled
        if "within" in outcome
    ]
    paragraphs = [" ".join([f"Pooled as proportions: {_listed(pooled)}.", *within])]
    for kind in dict.fromkeys(outcome["kind"] for outcome in card["outcomes"]):
        if kind != "proportion":
            chosen = [outcome for outcome in card["outcomes"] if outcome["kind"] == kind]
            paragraphs.append(f"Tabulated as reported and not pooled, {KINDS.get(kind, kind)}: {_listed(chosen)}.")
    return paragraphs + [f"{group['label']}: arms whose {_definition(group['where'])}." for group in card["groups"]]


def _listed(outcomes: Iterable[dict]) -> str:
    return _joined((f"{outcome['label']} ({outcome['abbreviation']})" for outcome in outcomes), ", ") or "none"


def _definition(where: dict[str, list[str]]) -> str:
    return " and ".join(f"{column.replace('_', ' ')} is {_joined(values, ' or ')}" for column, values in where.items())


def _models(card: dict) -> list[str]:
    level = _percent(card["level"])
    labels = {model["id"]: model["label"] for model in card["models"]}
    leading = f"The page leads with the model “{labels.get(card['primary_model'], card['primary_model'])}”"
    others = len(card["models"]) - 1
    beside = f"; {'the other stands' if others == 1 else f'the other {others} stand'} beside it" if others else ""
    return [
        f"{leading}{beside}. Intervals are {level} intervals. All models are of random effects between studies; one "
        "study alone gives its own proportion with the exact interval (Clopper & Pearson 1934, Biometrika 26:404).",
        *(f"{model['label']}: {_description(model, level)} {_belief(model)}" for model in card["models"]),
    ]


def _description(model: dict, level: str) -> str:
    interval = INTERVALS.get(model.get("interval"), model.get("interval"))
    if model["method"] == "glmm":
        points = model.get("quadrature_points")
        quadrature = f"{points} {'point' if points == 1 else 'points'}"
        return (
            "binomial-normal model in one step, the logit of each study's proportion normal and its count binomial "
            "(Stijnen, Hamza & Ozdemir 2010, Stat Med 29:3046); mean and τ² by maximum likelihood, adaptive "
            f"Gauss-Hermite quadrature with {quadrature}. {level} interval: {interval}."
        )
    if model["method"] == "inverse_variance":
        transformation = TRANSFORMATIONS.get(model.get("transformation"), model.get("transformation"))
        tau2 = TAU2.get(model.get("tau2"), model.get("tau2"))
        return (
            f"inverse-variance pooling in two steps. Transformation: {transformation}. τ²: {tau2}. "
            f"{level} interval: {interval}."
        )
    settings = (f"{name} {value}" for name, value in model.items() if name not in {"id", "label", "method"})
    return f"{_joined([model['method'], *settings], ', ')}."


def _belief(model: dict) -> str:
    likelihood = {"glmm": "glmm", "inverse_variance": model.get("transformation")}.get(model["method"])
    reasons = [BELIEVED_FOR.get(likelihood), BELIEVED_WITH.get(model.get("interval"))]
    if None in reasons:
        return "When it is to be believed is not described."
    return f"To be believed {'; '.join(reasons)}."


def _heterogeneity(card: dict) -> list[str]:
    low, moderate = (f"{card['heterogeneity'][name]:g}%" for name in ("low", "moderate"))
    ratio = any(model["method"] == "glmm" for model in card["models"])
    likelihood_ratio = " For a binomial-normal model Q is the likelihood-ratio statistic." if ratio else ""
    return [
        "Heterogeneity is told by τ², by Cochran's Q with its P value, and by I² from Q (Higgins & Thompson 2002, Stat "
        f"Med 21:1539).{likelihood_ratio} It is called low up to an I² of {low}, moderate up to {moderate} and "
        "substantial above.",
        f"The {_percent(card['level'])} prediction interval, where the proportion of a next study may lie, is by t "
        "with k-1 degrees of freedom on the model's scale (Higgins, Thompson & Spiegelhalter 2009, JRSS A 172:137, "
        "with k-1 for their k-2). Where τ² is 0 it holds no between-study variation.",
    ]


def _comparisons(card: dict) -> list[str]:
    within = [
        f"{each['first']} against {each['second']} within each trial that has both: odds ratio and risk difference of "
        "each trial, pooled by random effects (REML, Hartung-Knapp; the ad hoc variant where that is narrower than "
        f"Wald).{ALLOCATION[each['randomised']]}"
        for each in card["within_trials"]
    ]
    if not card["comparisons"]:
        return ["No groups of different studies are compared.", *within]
    names = {group["id"]: group["label"] for group in card["groups"]}
    listed = [
        f"{each['label']}: {' against '.join(names.get(group, group) for group in reversed(each['groups']))}."
        for each in card["comparisons"]
    ]
    return [
        "Groups are compared as independent, each pooled with its own τ²: difference of the pooled means on the scale "
        f"of the model, its {_percent(card['level'])} interval by normal theory, and Q over the two means (Borenstein "
        "& Higgins 2013, Prev Sci 14:134).",
        *listed,
        *within,
    ]


def _sensitivity(card: dict) -> list[str]:
    several = len(card["models"]) > 1
    models = "under every model" if several else "under the same model"
    side_by_side = " The models side by side show what depends on the choice of model." if several else ""
    return [
        f"Each group is pooled again without each of its studies in turn, {models}; everything is computed from the "
        f"studies that stay.{side_by_side} Influence is measured as by Viechtbauer & Cheung (2010, Res Synth Methods "
        "1:112).",
        _multiverse(card["multiverse"]),
        *_bayes(card["priors"]),
    ]


def _multiverse(asked: dict) -> str:
    measures, tau2, intervals = (
        _joined((name.replace("_", " ") for name in asked[key]), ", ") for key in ("measures", "tau2", "intervals")
    )
    rules = _joined((rule["label"] for rule in asked["rules"]), "; ")
    return (
        f"Every combination of measure ({measures}), τ² ({tau2}; maximum likelihood for the GLMM), interval "
        f"({intervals}) and choice of arms ({rules}) is fitted and shown as one specification curve (Simonsohn, "
        "Simmons & Nelson 2020, Nat Hum Behav 4:1208)."
    )


def _bayes(priors: list[dict]) -> list[str]:
    told = _joined((f"{each['prior'].replace('_', '-')} of scale {each['scale']:g}" for each in priors), "; ")
    return [
        "For few studies, a normal-normal model of log odds with a flat prior on the mean and a prior on τ, each in "
        f"turn: {told}; by deterministic integration (Röver 2020, J Stat Softw 93:6)."
    ] * bool(priors)


def _asymmetry(card: dict) -> list[str]:
    if not card["bias_tests"]:
        return ["Funnel plot asymmetry is not tested."]
    listed = [
        f"{test['label']}: {card['bias_sets'].get(test['set'], test['set'])}; "
        f"{ASYMMETRY_EFFECTS.get(test['effect'], test['effect'])}."
        for test in card["bias_tests"]
    ]
    return [
        "Egger's test regresses the estimates on their standard errors with weights 1/se² (Egger et al 1997, BMJ "
        f"315:629). With fewer than {card['enough_studies']} studies it is underpowered, which is said beside its P "
        "value; with fewer than three there is none. Asymmetry has other causes than unpublished studies.",
        *listed,
    ]


def _displays(card: dict) -> list[str]:
    headings = _joined((heading for _, heading in card["characteristics"]), "; ")
    shown = f"The table of characteristics shows of each arm: {headings}. " if headings else ""
    return [
        f"{shown}Forest plots show each study with its exact (Clopper-Pearson) {_percent(card['level'])} interval, the "
        "pooled result and the prediction interval under the model that leads; funnel plots show the estimates "
        "against their standard errors."
    ]


def _joined(parts: Iterable[str], by: str) -> str:
    return by.join(str(part) for part in parts)


def _percent(fraction: float) -> str:
    return f"{100 * fraction:g}%"
