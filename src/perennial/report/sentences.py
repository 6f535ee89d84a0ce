"""Results in words, every number from a computed value."""

from perennial.numbers import heterogeneity_class, interval, p_value, percent, value_or_status


def pooled_sentence(group: str, result: dict, level: float, thresholds: dict[str, float]) -> str:
    """One group's result: estimate, interval, prediction interval, studies, heterogeneity."""
    estimate, i2 = percent(result["estimate"]), result["i2"]
    bounds = f"{100 * level:g}% interval {interval(result['ci_low'], result['ci_high'])}%"
    if result["k"] == 0:
        return f"{group}: no study."
    if result["k"] == 1:
        patients = "1 patient" if result["n"] == 1 else f"{result['n']} patients"
        return f"{group}: one study of {patients}, {estimate}% ({bounds}); nothing is pooled."
    if result["estimate"] is None:
        return f"{group}: {'; '.join(result['warnings'])}."
    no_variation = " (τ² is 0: no between-study variation in it)" if result["tau2"] == 0 else ""
    return (
        f"{group}: {estimate}% ({bounds}) in {result['k']} studies with {result['n']} patients; "
        f"prediction interval {interval(result['pi_low'], result['pi_high'])}%{no_variation}; "
        f"{heterogeneity_class(i2, thresholds)} heterogeneity (I² {i2:.1f}%, {p_value(result['q_p'])})."
    )


def plain_sentence(outcome: str, result: dict) -> str:
    """The result for a reader without statistics, in patients out of a hundred."""
    if result["estimate"] is None:
        return f"Nothing can be said yet: {'; '.join(result['warnings'])}."
    low, middle, high = (round(100 * result[bound]) for bound in ("ci_low", "estimate", "ci_high"))
    text = f"{outcome} in about {middle} of 100 patients; the data fit anything from {low} to {high}."
    if result["k"] == 1:
        return f"{text} This is one study alone."
    low, high = (round(100 * result[bound]) for bound in ("pi_low", "pi_high"))
    return f"{text} A new study could find anything from {low} to {high}."


def leave_one_out_sentence(group: str, runs: list[dict], names: dict[str, str]) -> str:
    """Between which values the pooled result moves when one study is left out."""
    if len(runs) < 2:
        return f"{group}: fewer than two studies, none can be left out."
    runs = [run for run in runs if run["estimate"] is not None]
    if not runs:
        return f"{group}: the model gives no result when a study is left out."
    lowest, highest = (
        f"{percent(run['estimate'])}% (without {names[run['left_out']]})"
        for run in (pick(runs, key=lambda run: run["estimate"]) for pick in (min, max))
    )
    return f"{group}: leaving one study out moves the result between {lowest} and {highest}."


def egger_sentence(label: str, set_label: str, test: dict) -> str:
    """One form of Egger's test, with its caution beside the number."""
    shown = p_value(test["p"]) if test["p"] is not None else "no result"
    caution = f" ({'; '.join(test['warnings'])})" if test["warnings"] else ""
    return f"{label}; {set_label}, k = {test['k']}: {shown}{caution}."


def comparison_sentence(label: str, difference: dict) -> str:
    """A difference between two groups on the scale of the model."""
    if difference["estimate"] is None:
        return f"{label}: {'; '.join(difference['warnings'])}."
    scale = {"freeman_tukey": "on the Freeman-Tukey scale", "logit": "in log odds"}[difference["scale"]]
    numbers = "{estimate:.3f} ({ci_low:.3f} to {ci_high:.3f})".format(**difference)
    return f"{label}: difference {numbers} {scale}, {p_value(difference['q_p'])}."


def within_trials_sentence(labels: dict, found: dict, level: float) -> str:
    """A comparison within trials as odds ratio and risk difference, with its cautions."""
    what = f"{labels['first']} against {labels['second']}, within trials"
    pooled, difference = (found[measure][found[measure]["main"]] for measure in ("odds_ratio", "risk_difference"))
    if not found["trials"]:
        return f"{what}: no trial has both."
    if pooled["estimate"] is None:
        return f"{what}: not pooled: {pooled['reason']}."
    odds = "{estimate:.2f} ({level:g}% interval {ci_low:.2f} to {ci_high:.2f})".format(**pooled, level=100 * level)
    risks = (
        ""
        if difference["estimate"] is None
        else (
            f"; risk difference {100 * difference['estimate']:+.1f} percentage points "
            f"({100 * difference['ci_low']:+.1f} to {100 * difference['ci_high']:+.1f})"
        )
    )
    cautions = [*pooled["warnings"], *found["warnings"]]
    return (
        f"{what}, {pooled['k']} trials: odds ratio {odds}, {p_value(pooled['p'])}{risks}. By {pooled['method']}."
        + "".join(f" {caution[0].upper()}{caution[1:]}." for caution in cautions)
    )


def influence_sentence(group: str, found: dict | None, arms: list[str], names: dict[str, str], model: str) -> str:
    """Which studies move the result of an inverse-variance model more than others."""
    if found is None:
        return f"{group}: no model of the configuration has weights that influence could be measured by."
    if "refused" in found:
        return f"{group}: influence was not measured: {found['refused']}."
    marked = [
        f"{names[arm]} (studentized residual {told[0]:.2f}, Cook's distance {told[1]:.2f}, τ² without it {told[2]:.4f})"
        for arm, flag, *told in zip(
            arms, found["influential"], found["rstudent"], found["cooks_distance"], found["tau2_deleted"], strict=True
        )
        if flag
    ]
    verdict = f"influential: {'; '.join(marked)}" if marked else "no study is influential"
    return f"{group}: by the rules of Viechtbauer & Cheung (2010, Res Synth Methods 1:112), {verdict}. Model: {model}."


def specifications_sentence(group: str, found: dict) -> str:
    """Between which values all models together move the result."""
    count = len(found["curve"])
    if not count:
        return f"{group}: no model gives an estimate."
    return (
        f"{group}: {count} models give between {percent(found['low'])}% and {percent(found['high'])}%, the middle one "
        f"{percent(found['median'])}%; their intervals together reach from "
        f"{interval(found['ci_low'], found['ci_high'])}%. How many models agree says nothing of how likely they are "
        "right."
    )


PRIORS = {"half_normal": "half-normal", "half_cauchy": "half-Cauchy"}


def bayes_sentence(group: str, fits: list[dict], level: float) -> str:
    """The pooled proportion and that of a new study under each prior on tau."""
    told = []
    for fit in fits:
        prior = f"{PRIORS[fit['prior']]} prior of scale {fit['scale']:g}"
        if fit["estimate"] is None:
            told.append(f"{prior}: {'; '.join(fit['warnings'])}")
        else:
            bounds = f"{interval(fit['ci_low'], fit['ci_high'])}; a new study {interval(fit['pi_low'], fit['pi_high'])}"
            told.append(f"{prior}: {percent(fit['estimate'])}% ({bounds})")
    notes = dict.fromkeys(note for fit in fits if fit["estimate"] is not None for note in fit["warnings"])
    caution = "".join(f" {note[0].upper()}{note[1:]}." for note in notes)
    return (
        f"{group}, normal model of log odds, {100 * level:g}% credible intervals. With a {'; a '.join(told)}.{caution}"
    )


def median_sentence(outcome: str, group: str, found: dict, level: float) -> str:
    """The median of medians, or why there is none, and which were not reached."""
    reported = [study for study in found["studies"] if study["status"] != "not_reported"]
    if not reported:
        return ""
    not_reached = [study["label"] for study in reported if study["status"] == "not_reached"]
    told = f"{found['k']} {'median' if found['k'] == 1 else 'medians'}"
    told += f", not reached in {', '.join(not_reached)}" if not_reached else ", all reached"
    if found["status"] == "not_available":
        return f"{outcome}, {group}: {told}; no pooled median, for that needs six or more."
    estimate, low, high = (
        value_or_status(value, status)
        for value, status in (
            (found["estimate"], found["status"]),
            (found["ci_low"], found["ci_low_status"]),
            (found["ci_high"], found["ci_high_status"]),
        )
    )
    return (
        f"{outcome}, {group}: {told}; the median of medians is {estimate} (exact {100 * level:g}% interval {low} to "
        f"{high}; McGrath et al 2019, Stat Med 38:969)."
    )


def variant_sentence(variant: dict, names: dict[str, str], main: dict, model: str) -> str:
    """The pooled result with a count of another source beside the main one; an inference is called so."""
    tried = variant["models"][model]
    basis = "an inference, not a report" if variant["basis"] == "inferred" else "reported elsewhere"
    result, usual = (
        f"{percent(each['estimate'])}% ({interval(each['ci_low'], each['ci_high'])})" for each in (tried, main)
    )
    return (
        f"With {variant['events']}/{variant['n']} for {names[variant['arm_id']]} ({variant['label']}; {basis}: "
        f"{variant['source']}): {result} instead of {usual}."
    )
