"""Results in words, every number from a computed value."""

from perennial.numbers import interval, p_value, percent


def heterogeneity_class(i2: float, thresholds: dict[str, float]) -> str:
    """Low, moderate or substantial, by the upper bounds of I2 in the configuration."""
    if i2 <= thresholds["low"]:
        return "low"
    return "moderate" if i2 <= thresholds["moderate"] else "substantial"


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
