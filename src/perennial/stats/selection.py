"""Selection models with a step function: how the results would come about if P values decided what is seen."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.stats.asymmetry import INDEPENDENT, Floats, cautions
from perennial.stats.distributions import chi2_p, critical_value, two_sided_p
from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.result import Result
from perennial.stats.tau2 import estimate_tau2

ALTERNATIVES = ("greater", "less", "two_sided")
LEAST_WEIGHT, LARGEST_WEIGHT = 1e-8, 100.0  # the second as in metafor; beyond both the likelihood is flat
FEW_IN_AN_INTERVAL = 4


@dataclass(frozen=True)
class SelectionModel(Result):
    """The mean and tau2 of all studies, seen or not, under selection by P value.

    `steps` are the upper ends of the intervals of P values, the last of them 1; `counts` are the studies in each,
    `weights` the chance of being seen relative to the first interval, whose weight is 1. Standard errors come from the
    observed information; they are None where the estimate lies on the edge of its range. `lr` is the likelihood-ratio
    statistic against equal weights, with `lr_df` and its P value. `unadjusted_mean` and `unadjusted_tau2` are the
    maximum likelihood estimates without selection.
    """

    k: int
    steps: tuple[float, ...]
    alternative: str
    counts: tuple[int, ...]
    mean: float
    se: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    tau2: float
    tau2_se: float | None
    weights: tuple[float, ...]
    weights_se: tuple[float | None, ...]
    log_likelihood: float
    lr: float
    lr_df: int
    lr_p: float
    unadjusted_mean: float
    unadjusted_tau2: float
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        interval = "" if self.se is None else f" ({self.ci_low:.4g} to {self.ci_high:.4g})"
        found = f"Selection model, steps {self.steps}: k = {self.k}, mean {self.mean:.4g}{interval}"
        weights = ", ".join(f"{weight:.4g}" for weight in self.weights)
        spread = f"tau2 {self.tau2:.4g}, weights {weights}"
        test = f"equal weights: LR({self.lr_df}) = {self.lr:.4g}, P = {self.lr_p:.3g}"
        return "\n".join([found, spread, test, *self.warnings])


def three_parameter_model(
    yi: ArrayLike, vi: ArrayLike, alternative: str = "greater", level: float = 0.95
) -> SelectionModel:
    """One step, at a one-sided P value of 0.025 (McShane, Bockenholt & Hansen 2016, Perspect Psychol Sci 11:730).

    `alternative` names the direction that significant results have; see `selection_model`.
    """
    return selection_model(yi, vi, (0.025,), alternative, level=level)


def selection_model(
    yi: ArrayLike,
    vi: ArrayLike,
    steps: tuple[float, ...] = (0.025,),
    alternative: str = "greater",
    heterogeneous: bool = True,
    level: float = 0.95,
) -> SelectionModel:
    """A random-effects model seen through a step function of the P value (Vevea & Hedges 1995, Psychometrika 60:419).

    `yi` and `vi` have length k, at least the number of parameters; `steps` lie strictly between 0 and 1. P values are
    one-sided for an effect "greater" or "less" than zero, or "two_sided". Without `heterogeneous` tau2 is zero.
    Maximum likelihood from many starts; the same as metafor's `selmodel(type="stepfun")` where that finds the highest
    maximum. Raises NotEstimable for too few studies, an interval without a P value, and a search that does not settle.
    """
    yi, vi = check_effects(yi, vi)
    if alternative not in ALTERNATIVES:
        raise ValueError(f"alternative must be one of {', '.join(ALTERNATIVES)}, got {alternative!r}")
    steps = tuple(sorted({float(step) for step in steps}))
    if not steps or not (steps[0] > 0 and steps[-1] < 1):
        raise ValueError(f"steps must lie strictly between 0 and 1, got {steps}")
    k, needed = len(yi), 1 + heterogeneous + len(steps)
    if k < needed:
        raise NotEstimable(f"{needed} parameters need {needed} studies or more, got {k}")
    counts = _counts(yi, vi, steps, alternative)
    if 0 in counts:
        raise NotEstimable(f"an interval of P values holds no study (counts {counts}): its weight cannot be estimated")

    # On a scale where a typical variance is one, so that small and large numbers are searched alike.
    scale = float(np.exp(np.log(vi).mean() / 2))
    sign = -1.0 if alternative == "less" else 1.0
    y, v = sign * yi / scale, vi / scale**2
    tau2 = estimate_tau2(y, v, "ML") if heterogeneous else 0.0
    start = np.array([(y / (v + tau2)).sum() / (1 / (v + tau2)).sum(), tau2])
    likelihood = _likelihood(y, v, steps, alternative == "two_sided", np.array(counts))
    alone = likelihood(np.append(start, np.ones(len(steps))))[0]
    bounds = _bounds(y, v, len(steps), heterogeneous)
    best, inside = _highest(likelihood, start, v, bounds)
    value, _, hessian = likelihood(best)

    # Standard errors of what is not on an edge; the others are held where they are.
    variance = np.full(len(best), np.nan)
    said = cautions(yi, vi)
    try:
        variance[inside] = _variances(-hessian[np.ix_(inside, inside)])
    except np.linalg.LinAlgError:
        said += ("the likelihood is flat about its maximum: there are no standard errors",)
    if heterogeneous and not inside[1]:
        said += ("tau2 is estimated as zero, and the other standard errors take it as known",)
    if not inside[2:].all():
        said += ("a weight runs to the edge of its range: the data do not determine it, nor with it the mean",)
    if min(counts) < FEW_IN_AN_INTERVAL:
        said += (f"an interval holds fewer than {FEW_IN_AN_INTERVAL} studies {counts}: its weight is ill determined",)

    unit = np.concatenate([[sign * scale, scale**2], np.ones(len(steps))])
    estimates, errors = best * unit, [float(e) if np.isfinite(e) else None for e in np.sqrt(variance) * abs(unit)]
    mean, se = float(estimates[0]), errors[0]
    half = None if se is None else critical_value(level) * se
    lr = max(0.0, 2 * float(value - alone))
    return SelectionModel(
        k=k,
        steps=(*steps, 1.0),
        alternative=alternative,
        counts=counts,
        mean=mean,
        se=se,
        ci_low=None if half is None else mean - half,
        ci_high=None if half is None else mean + half,
        p=None if se is None else two_sided_p(mean / se),
        tau2=float(estimates[1]),
        tau2_se=errors[1],
        weights=(1.0, *estimates[2:].tolist()),
        weights_se=(None, *errors[2:]),
        log_likelihood=float(value - k * np.log(scale)),
        lr=lr,
        lr_df=len(steps),
        lr_p=chi2_p(lr, len(steps)),
        unadjusted_mean=float(start[0] * unit[0]),
        unadjusted_tau2=float(start[1] * unit[1]),
        assumptions=(
            "what is seen depends on the P value alone, by one weight in each interval",
            f"true effects are normal about one mean{'' if heterogeneous else ', with no spread'}",
            "estimates are normal with known variances",
            INDEPENDENT,
        ),
        warnings=said,
    )


def _counts(yi: Floats, vi: Floats, steps: tuple[float, ...], alternative: str) -> tuple[int, ...]:
    z = yi / np.sqrt(vi)
    p = 2 * special.ndtr(-abs(z)) if alternative == "two_sided" else special.ndtr(z if alternative == "less" else -z)
    return tuple(np.bincount(np.searchsorted(steps, p, side="left"), minlength=len(steps) + 1).tolist())


Likelihood = Callable[[Floats], tuple[float, Floats, Floats]]


def _likelihood(y: Floats, v: Floats, steps: tuple[float, ...], two_sided: bool, counts: np.ndarray) -> Likelihood:
    """The log-likelihood of (mean, tau2, weights after the first), with its gradient and second derivatives.

    A study's density is that of the normal, times the weight of its interval, over the expected weight: the sum over
    intervals of the weight and the normal's mass there.
    """
    ends = special.ndtri(1 - np.array(steps[::-1]) / (2 if two_sided else 1))
    group = np.arange(len(steps), -1, -1)  # of the stretch below the first end, between the ends, above the last
    if two_sided:
        ends, group = np.concatenate([-ends[::-1], ends]), np.concatenate([group[::-1], group[1:]])
    edges = np.sqrt(v)[:, None] * ends
    member = np.eye(len(steps) + 1)[group]
    between = member[:-1] - member[1:]  # from an antiderivative at the edges to what lies in each interval

    def value(parameters: Floats) -> tuple[float, Floats, Floats]:
        mean, tau2 = parameters[:2]
        weights = np.append(1.0, parameters[2:])
        total = v + tau2
        sd = np.sqrt(total)[:, None]
        z = (edges - mean) / sd
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        mass = _mass(z) @ member
        first = [(-density / sd) @ between, (-density * z / (2 * sd**2)) @ between]
        expected = mass @ weights
        share = np.column_stack([*(f @ weights for f in first), mass[:, 1:]]) / expected[:, None]

        residual = y - mean
        log_likelihood = counts @ np.log(weights) - np.log(expected).sum()
        log_likelihood -= (np.log(2 * np.pi * total) + residual**2 / total).sum() / 2
        gradient = -share.sum(0)
        gradient[0] += (residual / total).sum()
        gradient[1] += (residual**2 / total - 1) @ (1 / total) / 2
        gradient[2:] += counts[1:] / weights[1:]

        hessian, by_edge = share.T @ share, between @ weights
        second = -density * z / sd**2, density * (1 - z**2) / (2 * sd**3), density * z * (3 - z**2) / (4 * sd**4)
        bent = [(f @ by_edge / expected).sum() for f in second]
        hessian[0, 0] -= (1 / total).sum() + bent[0]
        hessian[1, 1] -= (residual**2 / total - 0.5) @ (1 / total**2) + bent[2]
        hessian[0, 1] -= (residual / total**2).sum() + bent[1]
        mixed = np.array([(f[:, 1:] / expected[:, None]).sum(0) for f in first])
        hessian[:2, 2:] -= mixed
        hessian[[1], [0]] = hessian[0, 1]
        hessian[2:, :2] = hessian[:2, 2:].T
        hessian[2:, 2:] -= np.diag(counts[1:] / weights[1:] ** 2)
        return float(log_likelihood), gradient, hessian

    return value


def _mass(z: Floats) -> Floats:
    """Normal probability below the first column of `z`, between neighbours, and above the last."""
    ends = np.full((len(z), 1), np.inf)
    low, high = np.hstack([-ends, z]), np.hstack([z, ends])
    right = low > 0  # taken from the mirror image, where both are small and their difference keeps its digits
    low, high = np.where(right, -high, low), np.where(right, -low, high)
    return special.ndtr(high) - special.ndtr(low)


def _bounds(y: Floats, v: Floats, steps: int, heterogeneous: bool) -> Floats:
    """Lower and upper ends of (mean, tau2, weights): wide enough that nothing but flatness lies beyond."""
    reach = np.ptp(y) + np.sqrt(v.max())
    largest = 10 * reach**2 if heterogeneous else 0.0
    edges = [(y.min() - 10 * reach, y.max() + 10 * reach), (0.0, largest), *[(LEAST_WEIGHT, LARGEST_WEIGHT)] * steps]
    return np.array(edges).T


def _with_log_weights(likelihood: Likelihood) -> Likelihood:
    """The same of (mean, tau2, logarithms of the weights): concave in these for any mean and tau2."""

    def value(at: Floats) -> tuple[float, Floats, Floats]:
        unit = np.append([1.0, 1.0], np.exp(at[2:]))
        log_likelihood, gradient, hessian = likelihood(np.append(at[:2], unit[2:]))
        gradient = gradient * unit
        hessian = hessian * np.outer(unit, unit) + np.diag(np.append([0.0, 0.0], gradient[2:]))
        return log_likelihood, gradient, hessian

    return value


def _highest(likelihood: Likelihood, start: Floats, v: Floats, bounds: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Where the likelihood is highest, and which parameters lie inside their bounds there.

    It can have several maxima and long ridges: Newton's method climbs from a lattice of starts, the highest end counts.
    """
    low, high = bounds.copy()
    low[2:], high[2:] = np.log(low[2:]), np.log(high[2:])
    spread = np.sqrt(start[1] + 1 / (1 / v).sum())
    ends = []
    for mean in (start[0], start[0] / 2, 0.0, start[0] - 2 * spread):
        for tau2 in sorted({start[1], 0.25 * start[1] + 0.05, 4 * start[1]}):
            for weight in (1.0, 0.1):
                at = np.append([mean, tau2], np.full(len(low) - 2, np.log(weight)))
                ends.append(_climb(_with_log_weights(likelihood), np.clip(at, low, high), low, high))
    settled = [end for end in ends if end is not None]
    if not settled:
        raise NotEstimable("the search for the maximum of the likelihood does not settle")
    _, at, inside = max(settled, key=lambda end: end[0])
    return np.append(at[:2], np.exp(at[2:])), inside


def _climb(
    likelihood: Likelihood, at: Floats, low: Floats, high: Floats
) -> tuple[float, Floats, NDArray[np.bool_]] | None:
    """Newton's method, uphill where the surface is not concave, with what is pressed against a bound held there."""
    value, gradient, hessian = likelihood(at)
    for _ in range(300):
        inside = ~(((at <= low) & (gradient <= 0)) | ((at >= high) & (gradient >= 0)))
        step = _uphill(gradient, hessian, inside)
        gain, near = gradient @ step, 1e-10 * max(1.0, abs(value))
        if gain < 1e-14 * near:
            return value, at, inside
        for halving in range(60):
            to = np.clip(at + step * 0.5**halving, low, high)
            ahead = likelihood(to)
            if ahead[0] > value or gain < near:  # so near the top its height no longer tells better from worse
                break
        else:
            return None
        at, (value, gradient, hessian) = to, ahead
    return (value, at, inside) if gain < near else None


def _uphill(gradient: Floats, hessian: Floats, free: NDArray[np.bool_]) -> Floats:
    """Newton's step in the free parameters, with every curvature taken as that of a top."""
    curvature, directions = np.linalg.eigh(-hessian[np.ix_(free, free)])
    steepness = np.maximum(abs(curvature), 1e-10 * abs(curvature).max(initial=1e-300))
    step = np.zeros_like(gradient)
    step[free] = directions @ (directions.T @ gradient[free] / steepness)
    return step


def _variances(information: Floats) -> Floats:
    """Variances from the information matrix; raises LinAlgError where it is not positive definite."""
    root = np.linalg.inv(np.linalg.cholesky(information))
    return (root**2).sum(0)
