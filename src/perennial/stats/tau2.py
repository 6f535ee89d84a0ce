"""Between-study variance tau2 by eight estimators: one meta-analysis, a meta-regression, or many analyses at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import Floats, Means, Model, Regression, Rows, check_effects, check_effects_many

METHODS = ("DL", "PM", "REML", "ML", "EB", "HE", "HS", "SJ")


def estimate_tau2(yi: ArrayLike, vi: ArrayLike, method: str = "REML", x: ArrayLike | None = None) -> float:
    """tau2 of k estimates `yi` with sampling variances `vi` > 0, on the squared scale of `yi`, truncated at zero.

    `x` is a k x p design matrix including its constant column; None stands for a common mean. `method`:
    "DL" DerSimonian & Laird (1986, Control Clin Trials 7:177); "PM" Paule & Mandel (1982, J Res Natl Bur Stand 87:377);
    "EB" Morris (1983, JASA 78:47), whose equation has the solution of PM; "HE" Hedges & Olkin (1985, chapter 9); "HS"
    Hunter & Schmidt (1990); "SJ" Sidik & Jonkman (2005, Appl Stat 54:367); "ML" and "REML" as in Viechtbauer (2005, J
    Educ Behav Stat 30:261), the global maximum. With moderators as in Raudenbush (2009, in Cooper et al, chapter 16).

    Raises NotEstimable where there are no more studies than coefficients, or a variance is not positive.
    """
    yi, vi = check_effects(yi, vi)
    model = Means(yi[None], vi[None]) if x is None else Regression(yi, vi, x)
    if model.df[0] < 1:
        need = "two studies or more" if x is None else "more studies than coefficients"
        raise NotEstimable(f"between-study variance needs {need}, got {len(yi)}")
    return float(estimate(model, method)[0])


def estimate_tau2_many(yi: ArrayLike, vi: ArrayLike, method: str = "REML") -> Floats:
    """tau2 of every row of `yi` and `vi` (analyses x studies, nan where an analysis lacks a study); see estimate_tau2.

    An analysis of fewer than two studies has nan. Raises NotEstimable where a variance is not positive.
    """
    return estimate(Means(*check_effects_many(yi, vi)), method)


def estimated_or_given(yi: ArrayLike, vi: ArrayLike, tau2: str | float, x: ArrayLike | None = None) -> float:
    """The estimate by the method of that name, or the value given; zero is a common effect."""
    if isinstance(tau2, str):
        return estimate_tau2(yi, vi, tau2, x)
    return float(given(tau2))


def given(tau2: ArrayLike) -> Floats:
    """A known tau2, or one for each of many analyses, checked."""
    known = np.asarray(tau2, dtype=float)
    if not (np.isfinite(known).all() and (known >= 0).all()):
        raise ValueError(f"a known tau2 is a number of zero or more, got {tau2}")
    return known


def name_of(tau2: str | float) -> str:
    """The method, "CE" for a common effect, or "known"."""
    return tau2 if isinstance(tau2, str) else "known" if tau2 else "CE"


def estimate(model: Model, method: str) -> Floats:
    """tau2 of every analysis of `model`; nan where its studies are no more than its coefficients."""
    if method not in METHODS:
        raise ValueError(f"tau2 is estimated by one of {', '.join(METHODS)}, not by {method!r}")
    rows = model.estimable
    if method in ("ML", "REML"):
        found = _highest_maximum(model, restricted=method == "REML")
    elif method in ("PM", "EB"):
        found = tau2_where_q_is(model, model.df)[rows]
    else:
        found = np.maximum(_by_moments(model, method), 0.0)
    if len(rows) == len(model.df):
        return found
    tau2 = np.full(len(model.df), np.nan)
    tau2[rows] = found
    return tau2


def _by_moments(model: Model, method: str) -> Floats:
    rows = model.estimable
    df, k = model.df[rows], model.k[rows]
    if method == "HE":
        observed, expected = model.unweighted(rows)
        return (observed - expected) / df
    if method == "SJ":
        start = model.mean_square(rows)
        return start * model.q(rows, start)[0] / df
    q, total, trace = model.moments(rows)
    return (q - k) / total if method == "HS" else (q - df) / trace


def tau2_where_q_is(model: Model, target: ArrayLike) -> Floats:
    """For each analysis the tau2 at which its generalised Q equals `target` > 0; zero where Q(0) is below that.

    Q is a sum of c/(tau2 + l) with c, l >= 0, which makes 1/Q concave and rising: Newton's method on it comes from the
    left to the only solution and cannot overshoot. nan where an analysis has no degree of freedom.
    """
    target = np.broadcast_to(np.asarray(target, dtype=float), model.df.shape)
    tau2, rows = np.where(model.df > 0, 0.0, np.nan), model.estimable
    for _ in range(1000):
        q, q2 = model.q(rows, tau2[rows])
        above = q > target[rows]
        rows, q, q2 = rows[above], q[above], q2[above]
        step = q * (q / target[rows] - 1) / q2
        tau2[rows] += step
        rows = rows[step > 1e-9 * (tau2[rows] + model.least[rows])]
        if not len(rows):
            return tau2
    raise NotEstimable("the search for the tau2 of a given Q did not converge")


def _highest_maximum(model: Model, restricted: bool) -> Floats:
    """The tau2 >= 0 where the (restricted) likelihood of each estimable analysis is highest."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # what compares with nan or inf proves nothing
        rows, tau2 = _maxima(model, restricted)
    rivals = np.bincount(rows, minlength=1)[rows] > 1
    likelihood = np.zeros(len(rows))
    likelihood[rivals] = model.log_likelihood(rows[rivals], tau2[rivals], restricted)
    highest, ascending = np.zeros(len(model.df)), np.lexsort((likelihood, rows))
    highest[rows[ascending]] = tau2[ascending]  # of those of one analysis the last one stays
    return highest[model.estimable]


def _maxima(model: Model, restricted: bool) -> tuple[Rows, Floats]:
    """Every local maximum of the likelihood above zero, and zero where it falls from there: analyses and their tau2.

    Twice the score is y'PPy - trace(P), or trace(W), made of terms (tau2 + l)^-2 and (tau2 + l)^-1. So a = (y'PPy)^-1/2
    and b = 1/trace are concave and rising, straight lines where all variances are equal: chords and tangents enclose
    them tightly, and the likelihood rises where a^2 < b. Intervals are halved until each is proved to hold no maximum,
    or exactly one. None is missed, however many there are.
    """
    bound = np.zeros(len(model.df))
    bound[model.estimable] = model.upper_bound(model.estimable)
    rows = np.flatnonzero(bound > 0)
    low, high = np.zeros(len(rows)), bound[rows]
    at_low, at_high = _curves(model, rows, low, restricted), _curves(model, rows, high, restricted)
    at_zero, found = rows[at_low[0] ** 2 >= at_low[2]], []
    while len(rows):
        (a0, da0, b0, db0), (a1, da1, b1, db1) = at_low, at_high
        width, least = high - low, model.least[rows]
        rises, rises_later = a0**2 < b0, a1**2 < b1
        only_rises = (rises & ((a0 + da0 * width) ** 2 < b1)) | (rises_later & ((a1 - da1 * width) ** 2 < b0))
        only_falls = ~rises & ~rises_later & _chord_stays_above(a0, a1, b0, b1, db0, db1, width)
        one_turn = (2 * a0 * da1 > db0) | (width < 1e-9 * (low + least))
        turns = one_turn & rises & ~rises_later & ~only_rises
        h0, h1 = a0[turns] ** 2 / b0[turns] - 1, a1[turns] ** 2 / b1[turns] - 1
        found.append((rows[turns], low[turns], high[turns], low[turns] - width[turns] * h0 / (h1 - h0)))
        on = ~(only_rises | only_falls | one_turn)
        rows, low, high, at_low, at_high = rows[on], low[on], high[on], at_low[:, on], at_high[:, on]
        middle = np.sqrt((low + least[on]) * (high + least[on])) - least[on]
        at_middle = _curves(model, rows, middle, restricted)
        rows, low, high = np.tile(rows, 2), np.concatenate([low, middle]), np.concatenate([middle, high])
        at_low, at_high = np.hstack([at_low, at_middle]), np.hstack([at_middle, at_high])
    if not found:
        return at_zero, np.zeros(len(at_zero))
    rows, *brackets = (np.concatenate(each) for each in zip(*found, strict=True))
    above = _turn(model, rows, *brackets, restricted)
    return np.concatenate([at_zero, rows]), np.concatenate([np.zeros(len(at_zero)), above])


def _curves(model: Model, rows: Rows, tau2: Floats, restricted: bool) -> Floats:
    """a and its slope, b and its slope."""
    f, df, g, dg = model.score(rows, tau2, restricted)
    a = f**-0.5
    return np.stack([a, -0.5 * a * df / f, 1 / g, -dg / g**2])


def _chord_stays_above(a0, a1, b0, b1, db0, db1, width) -> NDArray[np.bool_]:
    """Whether the square of the chord of a is above one of the tangents of b, at its lowest place too."""
    slope = (a1 - a0) / width

    def above(start: Floats, tangent: Floats) -> NDArray[np.bool_]:
        lowest = np.clip((tangent / (2 * slope) - a0) / slope, 0, width)
        return (a0 + slope * lowest) ** 2 > start + tangent * lowest

    return above(b0, db0) | above(b1 - db1 * width, db1)


def _turn(model: Model, rows: Rows, low: Floats, high: Floats, tau2: Floats, restricted: bool) -> Floats:
    """The one place in each interval where a^2 = b, from a start `tau2`: Newton's method on a^2/b, nearly straight."""
    least, on = model.least[rows], np.arange(len(rows))
    for _ in range(200):
        a, da, b, db = _curves(model, rows[on], tau2[on], restricted)
        rising = a**2 < b
        low[on], high[on] = np.where(rising, tau2[on], low[on]), np.where(rising, high[on], tau2[on])
        step = (b - a**2) * b / (a * (2 * da * b - a * db))
        newton = tau2[on] + step
        inside = (newton >= low[on]) & (newton <= high[on])
        tau2[on] = np.where(inside, newton, (low[on] + high[on]) / 2)
        near = inside & (np.abs(step) <= 1e-8 * (tau2[on] + least[on]))  # the next step would be its square
        on = on[~near & (high[on] - low[on] > 1e-15 * high[on])]
        if not len(on):
            break
    return tau2
