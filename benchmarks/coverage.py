"""Coverage of intervals for a pooled proportion by simulation, in rare events.

    python benchmarks/coverage.py [simulations]

The scenario of Lin & Chu (2020, Epidemiology 31:713, Table 2): 30 studies of 100 to 500 patients each, a proportion of
1% in the median study, logits that differ between studies with standard deviation 0.1. They report a coverage of 96%
for the binomial-normal model (bias -0.01 percent points) and of 24% for the logit in two steps (bias 0.30). The latter
is what comes of 0.5 added to every study as soon as one has no event; added to those only, it does less harm.
Every number follows from the seed. What a model refuses is counted, and does not count as coverage.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import special

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from perennial.stats.effects.corrections import HALF_WHERE_ZERO, Correction
from perennial.stats.effects.one_arm import logit_proportion
from perennial.stats.errors import NotEstimable
from perennial.stats.glmm import fit_binomial_normal
from perennial.stats.random_effects import random_effects

SEED, STUDIES, SIZES, MEDIAN, TAU = 20200713, 30, (100, 500), 0.01, 0.1


def one_step(interval: str) -> Callable:
    return lambda events, n: fit_binomial_normal(events, n, interval=interval)


def two_steps(correction: Correction, tau2: str, interval: str) -> Callable:
    def fit(events, n):
        effects = logit_proportion(events, n, correction)
        return random_effects(effects.yi, effects.vi, tau2, interval)

    return fit


EVERY_STUDY = Correction(0.5, "all_if_any_zero")

MODELS = {
    "binomial-normal, Wald": one_step("wald"),
    "binomial-normal, t": one_step("t"),
    "logit, 0.5 to all, DL, Wald": two_steps(EVERY_STUDY, "DL", "wald"),
    "logit, 0.5 to all, REML, Wald": two_steps(EVERY_STUDY, "REML", "wald"),
    "logit, 0.5 to zeros, REML, Wald": two_steps(HALF_WHERE_ZERO, "REML", "wald"),
    "logit, 0.5 to zeros, REML, HK": two_steps(HALF_WHERE_ZERO, "REML", "hartung_knapp"),
}


def tables(simulations: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Sizes are drawn once for each simulation, from `SIZES` inclusive."""
    random = np.random.default_rng(SEED)
    drawn = []
    for _ in range(simulations):
        n = random.integers(SIZES[0], SIZES[1], STUDIES, endpoint=True)
        drawn.append((random.binomial(n, special.expit(random.normal(special.logit(MEDIAN), TAU, STUDIES))), n))
    return drawn


def coverage(model: Callable, drawn: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Percent of intervals that hold the median proportion, bias of the estimate in percent points, fits refused."""
    held, estimates = 0, []
    for events, n in drawn:
        try:
            fit = model(events, n)
        except NotEstimable:
            continue
        held += fit.ci_low <= special.logit(MEDIAN) <= fit.ci_high
        estimates.append(special.expit(fit.mean))
    bias = 100 * (float(np.mean(estimates)) - MEDIAN)
    return {"coverage": 100 * held / len(drawn), "bias": bias, "refused": len(drawn) - len(estimates)}


def main(simulations: int) -> None:
    drawn = tables(simulations)
    print(f"{simulations} simulations: {STUDIES} studies of {SIZES[0]} to {SIZES[1]}, median {MEDIAN:.0%}, tau {TAU}")
    print(f"{'model':34} {'coverage':>9} {'bias':>7} {'refused':>8}")
    for name, model in MODELS.items():
        found = coverage(model, drawn)
        print(f"{name:34} {found['coverage']:8.1f}% {found['bias']:7.3f} {found['refused']:8}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
