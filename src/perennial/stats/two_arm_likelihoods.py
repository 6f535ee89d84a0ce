"""The four likelihoods of 2x2 tables that `perennial.stats.glmm_two_arm` names, with their tests of heterogeneity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.stats.errors import NotEstimable
from perennial.stats.glmm_fit import deviations, global_maximum, wald_q, weighted_mean
from perennial.stats.likelihood_maximum import Maximum, maximise
from perennial.stats.noncentral_hypergeometric import ConditionalTables
from perennial.stats.proportions import check_arms
from perennial.stats.quadrature import BinomialArms, Kernel, MixedModel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tables:
    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @property
    def k(self) -> int:
        return len(self.a)

    @property
    def odds(self) -> tuple[Floats, Floats]:
        """Empirical log odds ratio and its variance, with a half added to each cell of a study that has a zero."""
        zero = (self.a == 0) | (self.b == 0) | (self.c == 0) | (self.d == 0)
        a, b, c, d = (cell + np.where(zero, 0.5, 0.0) for cell in (self.a, self.b, self.c, self.d))
        return np.log(a / b) - np.log(c / d), 1 / a + 1 / b + 1 / c + 1 / d

    @property
    def variance(self) -> Floats:
        return self.odds[1]

    def refuse_infinite(self, model: str) -> None:
        """Where every study is as extreme as its totals allow, in one direction, the log odds ratio is infinite."""
        a, b, c, d = self.a, self.b, self.c, self.d
        if model == "CM.AL":
            least, most = np.all(a == 0), np.all(c == 0)
        elif model == "UM.RS":
            least, most = np.all(a == 0) or np.all(d == 0), np.all(b == 0) or np.all(c == 0)
        else:
            least, most = np.all((a == 0) | (d == 0)), np.all((b == 0) | (c == 0))
        if least or most:
            raise NotEstimable(
                "every study is as extreme as it can be, in one direction: the mean log odds ratio is infinite"
            )


def tables_of(
    ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike, drop: bool
) -> tuple[Tables, tuple[str, ...]]:
    a, n1, c, n2 = check_arms(ai, n1i, ci, n2i)
    dull = ((a + c == 0) | (a + c == n1 + n2)) & drop
    count = int(dull.sum())
    warnings = (f"{count} of {len(a)} studies left out: nobody or everybody had the event",) if count else ()
    return Tables(*(cell[~dull] for cell in (a, n1 - a, c, n2 - c))), warnings


class Likelihood:
    """A kind of model: with a "common" and a "random" effect, its maxima, and its tests of heterogeneity.

    The first shared parameter is the mean log odds ratio; with a random effect tau is the second.
    """

    models: dict[str, MixedModel]

    def __init__(self, tables: Tables, points: int):
        self.tables, self.points = tables, points
        self.yi, self.vi = tables.odds

    def fit(self, effects: str) -> Maximum:
        taus = deviations(self.vi) if effects == "random" else np.zeros(1)
        means = np.array([weighted_mean(self.yi, self.vi, tau) for tau in taus])
        starts = np.stack([means, taus] if effects == "random" else [means], axis=-1)
        own = self.start_of_own(means)
        return global_maximum(self.models[effects], starts, own, (1,) if effects == "random" else ())

    def start_of_own(self, means: Floats) -> Floats | None:
        """Where each study's own parameter begins (S, k), for models that have one."""
        return None

    def heterogeneity(self, common: Maximum) -> tuple[float, float]:
        """Likelihood-ratio and Wald statistic of one effect a study against one for all."""
        raise NotImplementedError


class FixedStudies(Likelihood):
    def __init__(self, tables: Tables, points: int):
        super().__init__(tables, points)
        kernel = _arms(tables)
        random = np.array([[[0, 0.5, 0], [0, -0.5, 0]], [[0, 0, 0], [0, 0, 0]]])
        self.models = {
            "common": MixedModel(kernel, np.array([[1.0, 1], [0, 1]]), np.zeros((2, 2, 2)), (1, 1)),
            "random": MixedModel(kernel, np.array([[1.0, 0, 1], [0, 0, 1]]), random, (points, 1)),
        }

    def start_of_own(self, means: Floats) -> Floats:
        kernel = self.models["common"].kernel
        return kernel.guess.mean(0) - means[:, None] / 2

    def heterogeneity(self, common: Maximum) -> tuple[float, float]:
        t, kernel = self.tables, self.models["common"].kernel
        saturated = kernel.constant + _saturated(t.a, t.b) + _saturated(t.c, t.d)
        return _at_least_zero(2 * (saturated - common.log_likelihood)), _wald_of_cells(t.a, t.b, t.c, t.d)


def _one_arm(kernel: Kernel, points: int, offset: Floats | float = 0.0) -> dict[str, MixedModel]:
    """Models whose linear predictor is mean + tau u."""
    tau = np.array([[[0.0, 1.0]], [[0.0, 0.0]]])
    return {
        "common": MixedModel(kernel, np.array([[1.0]]), np.zeros((2, 1, 1)), (1, 1), offset),
        "random": MixedModel(kernel, np.array([[1.0, 0.0]]), tau, (points, 1), offset),
    }


class Approximate(Likelihood):
    def __init__(self, tables: Tables, points: int):
        super().__init__(tables, points)
        t = tables
        self.offset = np.log((t.a + t.b) / (t.c + t.d))
        self.models = _one_arm(BinomialArms(t.a[None], (t.a + t.c)[None]), points, self.offset[None])

    def heterogeneity(self, common: Maximum) -> tuple[float, float]:
        t, kernel = self.tables, self.models["common"].kernel
        saturated = kernel.constant + _saturated(t.a, t.c)
        return _at_least_zero(2 * (saturated - common.log_likelihood)), _wald_of_cells(t.a, t.c, offset=self.offset)


class Exact(Likelihood):
    def __init__(self, tables: Tables, points: int):
        super().__init__(tables, points)
        self.models = _one_arm(self._kernel(np.ones(tables.k, dtype=bool)), points)

    def _kernel(self, kept) -> ConditionalTables:
        a, b, c, d = (cell[kept] for cell in (self.tables.a, self.tables.b, self.tables.c, self.tables.d))
        return ConditionalTables(a, a + b, c, c + d)

    def heterogeneity(self, common: Maximum) -> tuple[float, float]:
        # A table as extreme as its totals allow has an infinite estimate: likelihood one, information none.
        kernel = self.models["common"].kernel
        inside = (kernel.lowest < kernel.ai) & (kernel.ai < kernel.highest)
        if not inside.any():
            return _at_least_zero(-2 * common.log_likelihood), 0.0
        model = MixedModel(self._kernel(inside), np.array([[1.0]]), np.zeros((2, 1, 1)), (1, 1))
        each = maximise(model, np.zeros(0), self.yi[inside])
        return _at_least_zero(2 * (each.log_likelihood - common.log_likelihood)), wald_q(each.own, each.own_information)


class RandomStudies(Likelihood):
    def __init__(self, tables: Tables, points: int):
        super().__init__(tables, points)
        kernel = _arms(tables)
        # Parameters: theta, alpha, sigma; theta, tau, alpha, sigma; alpha, sigma and each study's own theta.
        study = np.array([[[0, 0, 0], [0, 0, 0]], [[0, 0, 1.0], [0, 0, 1.0]]])
        both = np.array([[[0, 0.5, 0, 0], [0, -0.5, 0, 0]], [[0, 0, 0, 1.0], [0, 0, 0, 1.0]]])
        self.models = {
            "common": MixedModel(kernel, np.array([[1.0, 1, 0], [0, 1, 0]]), study, (1, points)),
            "random": MixedModel(kernel, np.array([[1.0, 0, 1, 0], [0, 0, 1, 0]]), both, (points, points)),
        }

    def fit(self, effects: str) -> Maximum:
        kernel = self.models[effects].kernel
        level, spread = kernel.guess.mean(0), (1 / kernel.weight).mean(0)
        sigmas = deviations(spread)
        taus = deviations(self.vi) if effects == "random" else np.zeros(1)
        starts = np.array(
            [
                [
                    self._start(
                        weighted_mean(self.yi, self.vi, tau), tau, weighted_mean(level, spread, sigma), sigma, effects
                    )
                    for sigma in sigmas
                ]
                for tau in taus
            ]
        )
        return global_maximum(self.models[effects], starts, spreads=(1, 3) if effects == "random" else (2,))

    @staticmethod
    def _start(mean: float, tau: float, level: float, sigma: float, effects: str) -> list[float]:
        return [mean, *([tau] if effects == "random" else []), level - mean / 2, sigma]

    def heterogeneity(self, common: Maximum) -> tuple[float, float]:
        """Here the saturated model has an odds ratio for each study, and random study effects in both arms."""
        t = self.tables
        finite = (t.a > 0) & (t.b > 0)
        # Where arm 1 had no event, or nothing else, its likelihood tends to one: the arm drops out.
        kernel = _arms(Tables(np.where(finite, t.a, 0), np.where(finite, t.b, 0), t.c, t.d))
        study = np.array([[[0, 0, 0], [0, 0, 0]], [[0, 1.0, 0], [0, 1.0, 0]]])
        model = MixedModel(kernel, np.array([[1.0, 0, 1], [1, 0, 0]]), study, (1, self.points))
        sigmas = deviations(1 / kernel.weight[1])
        levels = np.array([weighted_mean(kernel.guess[1], 1 / kernel.weight[1], sigma) for sigma in sigmas])
        own = np.where(finite, kernel.guess[0] - levels[:, None], 0.0)
        each = global_maximum(model, np.stack([levels, sigmas], axis=-1), own, (1,))
        return _at_least_zero(2 * (each.log_likelihood - common.log_likelihood)), _wald_of_own(each, finite)


def _arms(t: Tables) -> BinomialArms:
    return BinomialArms(np.stack([t.a, t.c]), np.stack([t.a + t.b, t.c + t.d]))


def _saturated(yes: Floats, no: Floats) -> float:
    n = yes + no
    return float((special.xlogy(yes, yes / n) + special.xlogy(no, no / n)).sum())


def _at_least_zero(value: float) -> float:
    return max(0.0, float(value))


def _wald_of_cells(yes: Floats, no: Floats, *others: Floats, offset: Floats | float = 0.0) -> float:
    """Wald statistic of equal log odds (ratios); a study with a zero cell has an infinite one, without weight."""
    cells = np.stack([yes, no, *others])
    finite = np.all(cells > 0, axis=0)
    logs = np.log(np.where(finite, cells, 1.0))
    estimates = logs[0] - logs[1] - (logs[2] - logs[3] if others else offset)
    return wald_q(estimates, np.where(finite, 1 / (1 / np.where(finite, cells, 1.0)).sum(0), 0.0))


def _wald_of_own(each: Maximum, finite) -> float:
    """Wald statistic of equal estimates that share parameters, from their joint information with those profiled out."""
    estimates, own, border = each.own[finite], each.own_information[finite], each.border[:, finite]
    information = np.diag(own) - border.T @ np.linalg.solve(each.shared_information, border)
    total = information.sum(0)
    if not total.sum() > 0:
        return 0.0
    mean = total @ estimates / total.sum()
    return float((estimates - mean) @ information @ (estimates - mean))
