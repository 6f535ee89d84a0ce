"""Maximum likelihood of a mixed model whose studies share some parameters and may have one of their own each.

The Hessian is then an arrow: a small block for what is shared, one border and one diagonal entry a study. It is never
built as a matrix of all parameters, so hundreds of study effects cost no more than they must.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perennial.stats.errors import NotEstimable
from perennial.stats.quadrature import MixedModel

Floats = NDArray[np.float64]

LARGEST_STEP = 2.0
NEWTON_STEPS = 200
SAME = 1e-10
"""Difference of log-likelihoods that is no difference."""


@dataclass(frozen=True)
class Maximum:
    """Shared parameters, each study's own (or None), the log-likelihood with its constant, and its curvature.

    `information` is that of the shared parameters with the studies' own profiled out. `own_information` (k) is that of
    each study's own parameter at given shared ones, and `border` (shared, k) the information that joins the two.
    """

    shared: Floats
    own: Floats | None
    log_likelihood: float
    information: Floats
    own_information: Floats | None
    border: Floats | None
    shared_information: Floats
    modes: Floats

    def parameters(self, k: int) -> Floats:
        """As the model takes them, (1, P, k)."""
        return _parameters(self.shared[None], None if self.own is None else self.own[None], k)

    def se(self, place: int) -> float:
        """Standard error of a shared parameter, from the joint information of all."""
        return float(np.linalg.inv(self.information)[place, place] ** 0.5)


@dataclass(frozen=True)
class _Local:
    """Value, gradient and Hessian (all of the log-likelihood) at a point, by study where the arrow asks for it."""

    value: float
    gradient: Floats
    shared: Floats
    own_gradient: Floats | None
    border: Floats | None
    own: Floats | None
    modes: Floats

    def profiled(self) -> tuple[Floats, Floats]:
        """Gradient and Hessian of the shared parameters when each study's own follows its best value."""
        if self.own is None:
            return self.gradient, self.shared
        lean = self.border / self.own
        return self.gradient - lean @ self.own_gradient, self.shared - lean @ self.border.T


def maximise(model: MixedModel, shared: Floats, own: Floats | None = None, step: float = 1e-4) -> Maximum:
    """Climb from `shared` (P) and `own` (k) to the nearest maximum, by Newton steps that never lose likelihood.

    `step` is the half-width of the differences of the analytic gradient that give the Hessian. Raises NotEstimable
    where a parameter runs away or no maximum is reached.
    """
    shared = np.array(shared, dtype=float)
    here = _local(model, shared, own, step)
    for _ in range(NEWTON_STEPS):
        gradient, hessian = here.profiled()
        values, vectors = np.linalg.eigh(-hessian)
        # Uphill whatever the curvature: its absolute value keeps the direction, its floor the length.
        move = vectors @ (
            (vectors.T @ gradient) / np.maximum(np.abs(values), 1e-8 * max(1.0, np.abs(values).max(initial=0)))
        )
        own_move = None if own is None else -(here.own_gradient + here.border.T @ move) / here.own
        longest = max(np.abs(move).max(initial=0), 0 if own is None else np.abs(own_move).max())
        size = min(1.0, LARGEST_STEP / max(longest, 1e-300))
        gain = float(gradient @ move) + (
            0.0 if own is None else -float(here.own_gradient @ (here.own_gradient / here.own))
        )
        if gain > 1e-8:
            while size > 1e-12 and _moved(model, shared, own, size, move, own_move) < here.value:
                size /= 2
        shared = shared + size * move
        own = None if own is None else own + size * own_move
        here = _local(model, shared, own, step)
        if np.abs(shared).max(initial=0) > FAR or gain < 1e-22 or longest * size < 1e-10:
            break
    else:
        if gain > 1e-9:
            raise NotEstimable("the likelihood was not maximised: the steps towards its maximum do not end")
    _, hessian = here.profiled()
    return Maximum(
        shared,
        own,
        here.value,
        -hessian,
        None if own is None else -here.own,
        None if own is None else -here.border,
        -here.shared,
        here.modes,
    )


FAR = 60.0
"""On the logit scale; what is beyond has run away."""


def _parameters(shared: Floats, own: Floats | None, k: int) -> Floats:
    """(S, P, k) from `shared` (S, P) and `own` (S, k)."""
    spread = np.broadcast_to(shared[..., None], (*shared.shape, k))
    return spread if own is None else np.concatenate([spread, own[:, None]], axis=1)


def value_at(model: MixedModel, shared: Floats, own: Floats | None = None) -> Floats:
    """Log-likelihoods (S) at shared parameters (S, P) and each study's own (S, k)."""
    integrals = model.integrals(_parameters(shared, own, model.studies))
    return integrals.value.sum(-1) + model.kernel.constant


def _moved(model: MixedModel, shared: Floats, own: Floats | None, size: float, move: Floats, own_move) -> float:
    there = None if own is None else (own + size * own_move)[None]
    return float(value_at(model, (shared + size * move)[None], there)[0])


def _local(model: MixedModel, shared: Floats, own: Floats | None, step: float) -> _Local:
    k, count = model.studies, len(shared)
    centre = _parameters(shared[None], None if own is None else own[None], k)
    moves = step * np.eye(centre.shape[1])[:, :, None]
    found = model.integrals(np.concatenate([centre, centre + moves, centre - moves]))
    value, gradient = float(found.value[0].sum()) + model.kernel.constant, found.gradient[:, 0]
    ahead, behind = np.split(found.gradient[:, 1:], 2, axis=1)
    hessian = (ahead - behind) / (2 * step)
    hessian = (hessian + hessian.swapaxes(0, 1)) / 2
    common = hessian[:count, :count].sum(-1)
    if own is None:
        return _Local(value, gradient.sum(-1), common, None, None, None, found.modes[:, 0])
    # A study's own likelihood is concave up to the error of quadrature; a study without any has no curvature at all.
    own_curvature = -np.maximum(np.abs(hessian[-1, -1]), 1e-12)
    return _Local(
        value, gradient[:count].sum(-1), common, gradient[-1], hessian[:count, -1], own_curvature, found.modes[:, 0]
    )
