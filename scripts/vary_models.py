"""Pool one outcome and group under every defensible model at once, and with a prior on what lies between studies."""

import argparse
from typing import Any

from perennial.identity.card import read_card
from perennial.stats.bayes import bayes_random_effects
from perennial.stats.errors import NotEstimable
from perennial.stats.multiverse import specification_curve
from perennial.stats.proportions import TRANSFORMATIONS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("robustness", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    rows, asked = card["rows"], card["multiverse"]
    events, n = [row["events"] for row in rows], [row["n"] for row in rows]
    rules = {rule["id"]: [kept(row, rule) for row in rows] for rule in asked["rules"]}
    curve = specification_curve(
        events,
        n,
        asked["measures"],
        asked["tau2"],
        asked["intervals"],
        rules,
        card["level"],
        asked["quadrature_points"],
    )
    bayes = [with_prior(events, n, prior, card["level"]) for prior in card["priors"]]
    result = {"outcome": card["outcome"], "group": card["group"], "level": card["level"]}
    card.write_json(arguments.robustness, {**result, "specifications": curve.to_dict(), "bayes": bayes})


def kept(row: dict, rule: dict) -> bool:
    return row["kind"] in rule.get("kinds", [row["kind"]]) and row["n"] >= rule.get("minimum_patients", 0)


def with_prior(events: list[int], n: list[int], prior: dict, level: float) -> dict[str, Any]:
    """The pooled proportion and that of a new study, as fractions; the model is of log odds."""
    logit = TRANSFORMATIONS["logit"]
    told = {"prior": prior["prior"], "scale": prior["scale"], "k": len(n)}
    try:
        fit = bayes_random_effects(*logit.effects(events, n), prior["scale"], prior["prior"], level=level)
    except NotEstimable as reason:
        return {**told, "estimate": None, "warnings": [str(reason)]}
    bounds = {
        "estimate": fit.mu.median,
        "ci_low": fit.mu.ci_low,
        "ci_high": fit.mu.ci_high,
        "pi_low": fit.prediction.ci_low,
        "pi_high": fit.prediction.ci_high,
    }
    return {
        **told,
        **{name: logit.to_proportion(value, n) for name, value in bounds.items()},
        "tau": fit.tau.to_dict(),
        "warnings": list(fit.warnings),
    }


if __name__ == "__main__":
    main()
