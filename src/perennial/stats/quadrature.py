"""Likelihood of studies that have normal random effects, by adaptive Gauss-Hermite quadrature.

A study has arms (A of them) and a log-likelihood that depends on one linear predictor an arm. The predictors follow
from the study's parameters and from two independent standard normal effects u:

    predictor of arm a = offset_a + sum_p (fixed_ap + scale_1ap u_1 + scale_2ap u_2) parameter_p

so a standard deviation is a parameter as any other, and the likelihood is even in it. The effects are integrated out
around the mode of each study's integrand, with as many nodes an effect as asked (Pinheiro & Bates 1995, J Comput Graph
Stat 4:12; Liu & Pierce 1994, Biometrika 81:624); one node is Laplace's approximation. An effect that a model does not
use has scale zero and one node, which is exact.

Axes, from the last: study (k), arm (A), node (Q), point of evaluation (S), parameter (P).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

NEWTON_STEPS = 200


class Kernel(Protocol):
    """Log-likelihood of each arm of each study as a concave function of its linear predictor, arrays (..., A, k)."""

    constant: float
    guess: Floats
    weight: Floats

    def value_and_slope(self, eta: Floats) -> tuple[Floats, Floats]:
        """The log-likelihood without `constant`, and its first derivative."""

    def slopes(self, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """First, second and third derivative."""


class BinomialArms:
    """Counts `events` of `n` with a logit link, arrays (A, k). An arm of n = 0 says nothing and may be there."""

    def __init__(self, events: Floats, n: Floats):
        self.events, self.n = events, n
        yes, no = events + 0.5, n - events + 0.5
        self.guess, self.weight = np.log(yes / no), yes * no / (yes + no)
        ways = special.gammaln(n + 1) - special.gammaln(events + 1) - special.gammaln(n - events + 1)
        self.constant = float(ways.sum())

    def value_and_slope(self, eta: Floats) -> tuple[Floats, Floats]:
        e = np.exp(-np.abs(eta))
        positive = eta > 0
        value = self.events * eta - self.n * (np.log1p(e) + np.where(positive, eta, 0.0))
        return value, self.events - self.n * np.where(positive, 1.0, e) / (1 + e)

    def slopes(self, eta: Floats) -> tuple[Floats, Floats, Floats]:
        p = special.expit(eta)
        variance = self.n * p * special.expit(-eta)
        return self.events - self.n * p, -variance, variance * (2 * p - 1)


@dataclass(frozen=True)
class Integrals:
    """Log-likelihood (S, k) of each study, its gradient (P, S, k), and the modes (2, S, k)."""

    value: Floats
    gradient: Floats
    modes: Floats


class MixedModel:
    """A kernel with the constant arrays `fixed` (A, P), `scale` (2, A, P), `offset` (A, k) and nodes an effect."""

    def __init__(
        self, kernel: Kernel, fixed: Floats, scale: Floats, points: tuple[int, int], offset: Floats | float = 0
    ):
        self.kernel, self.fixed, self.scale, self.offset = kernel, fixed, scale, offset
        (x, wx), (y, wy) = (np.polynomial.hermite.hermgauss(count) for count in points)
        self.nodes = np.sqrt(2) * np.array([np.repeat(x, len(y)), np.tile(y, len(x))])[..., None]
        self.log_weights = (np.add.outer(np.log(wx) + x**2, np.log(wy) + y**2)).ravel()[:, None]

    @property
    def studies(self) -> int:
        return self.kernel.guess.shape[-1]

    def predictors(self, parameters: Floats, modes: Floats) -> Floats:
        """Linear predictors (S, A, k) at given effects."""
        beta, c1, c2 = self._predictor_parts(parameters)
        return beta + c1 * modes[0][:, None] + c2 * modes[1][:, None]

    def _predictor_parts(self, parameters: Floats) -> tuple[Floats, Floats, Floats]:
        return self.offset + self.fixed @ parameters, self.scale[0] @ parameters, self.scale[1] @ parameters

    def integrals(self, parameters: Floats) -> Integrals:
        """At `parameters` (S, P, k). The gradient is that of the approximation itself: the nodes move along."""
        beta, c1, c2 = self._predictor_parts(parameters)
        u1, u2 = self._modes(beta, c1, c2)
        b1, b2, b3 = self.kernel.slopes(beta + c1 * u1[:, None] + c2 * u2[:, None])
        curvature = _curvature(-b2, c1, c2)

        # How predictors move with each parameter: at fixed effects, then with the mode that follows.
        beta_by, c1_by, c2_by = (part.T[:, None, :, None] for part in (self.fixed, *self.scale))
        eta_by = beta_by + c1_by * u1[:, None] + c2_by * u2[:, None]
        bent = b2 * eta_by
        u1_by, u2_by = _solve(curvature, (bent * c1 + b1 * c1_by).sum(2), (bent * c2 + b1 * c2_by).sum(2))
        eta_by = eta_by + c1 * u1_by[:, :, None] + c2 * u2_by[:, :, None]

        # Nodes at mode + sqrt(2) L z, where L L' is the inverse curvature; R = inverse of L.
        h11, h12, h22 = curvature
        h11_by = (-b3 * eta_by * c1**2 - 2 * b2 * c1 * c1_by).sum(2)
        h12_by = (-b3 * eta_by * c1 * c2 - b2 * (c1 * c2_by + c1_by * c2)).sum(2)
        h22_by = (-b3 * eta_by * c2**2 - 2 * b2 * c2 * c2_by).sum(2)
        r11 = np.sqrt(h11)
        r12 = h12 / r11
        r22 = np.sqrt(h22 - r12**2)
        r11_by = h11_by / (2 * r11)
        r12_by = (h12_by - r12 * r11_by) / r11
        r22_by = (h22_by - 2 * r12 * r12_by) / (2 * r22)
        l11, l22, l12 = 1 / r11, 1 / r22, -r12 / (r11 * r22)
        l11_by, l22_by = -r11_by * l11**2, -r22_by * l22**2
        l12_by = -r12_by * l11 * l22 - r12 * (l11_by * l22 + l11 * l22_by)

        z1, z2 = self.nodes
        v1 = u1[:, None] + l11[:, None] * z1 + l12[:, None] * z2
        v2 = u2[:, None] + l22[:, None] * z2
        eta = beta[:, None] + c1[:, None] * v1[:, :, None] + c2[:, None] * v2[:, :, None]
        height, slope = self.kernel.value_and_slope(eta)
        terms = self.log_weights + height.sum(2) - (v1**2 + v2**2) / 2
        peak = terms.max(1)
        share = np.exp(terms - peak[:, None])
        total = share.sum(1)
        value = peak + np.log(total) + np.log(l11 * l22 / np.pi)
        share /= total[:, None]

        pull1, pull2 = share * ((slope * c1[:, None]).sum(2) - v1), share * ((slope * c2[:, None]).sum(2) - v2)
        slope = slope * share[:, :, None]
        at_nodes = (
            beta_by * slope.sum(1) + c1_by * (slope * v1[:, :, None]).sum(1) + c2_by * (slope * v2[:, :, None]).sum(1)
        ).sum(2)
        gradient = (
            at_nodes
            + pull1.sum(1) * u1_by
            + pull2.sum(1) * u2_by
            + ((pull1 * z1).sum(1) + r11) * l11_by
            + (pull1 * z2).sum(1) * l12_by
            + ((pull2 * z2).sum(1) + r22) * l22_by
        )
        return Integrals(value, gradient, np.array([u1, u2]))

    def _modes(self, beta: Floats, c1: Floats, c2: Floats) -> tuple[Floats, Floats]:
        """Where each study's integrand peaks: Newton on a concave function, damped while far from the peak."""

        def height(u1: Floats, u2: Floats) -> Floats:
            value, _ = self.kernel.value_and_slope(beta + c1 * u1[:, None] + c2 * u2[:, None])
            return value.sum(1) - (u1**2 + u2**2) / 2

        weight = self.kernel.weight
        lack = weight * (self.kernel.guess - beta)
        u1, u2 = _solve(_curvature(weight, c1, c2), (lack * c1).sum(1), (lack * c2).sum(1))
        for _ in range(NEWTON_STEPS):
            b1, b2, _ = self.kernel.slopes(beta + c1 * u1[:, None] + c2 * u2[:, None])
            up1, up2 = (b1 * c1).sum(1) - u1, (b1 * c2).sum(1) - u2
            step1, step2 = _solve(_curvature(-b2, c1, c2), up1, up2)
            gain = up1 * step1 + up2 * step2
            if gain.max() > 1e-3:
                here, size = height(u1, u2), np.ones_like(u1)
                for _ in range(60):
                    reached = height(u1 + size * step1, u2 + size * step2)
                    short = (gain > 1e-3) & (reached < here + 1e-4 * size * gain)
                    if not short.any():
                        break
                    size = np.where(short, size / 2, size)
                step1, step2 = size * step1, size * step2
            u1, u2 = u1 + step1, u2 + step2
            if gain.max() < 1e-16:
                break
        return u1, u2


def _curvature(weight: Floats, c1: Floats, c2: Floats) -> tuple[Floats, Floats, Floats]:
    """Minus the second derivatives of the integrand's logarithm by the effects (11, 12, 22)."""
    weighted = weight * c1
    return 1 + (weighted * c1).sum(-2), (weighted * c2).sum(-2), 1 + (weight * c2 * c2).sum(-2)


def _solve(matrix: tuple[Floats, Floats, Floats], first: Floats, second: Floats) -> tuple[Floats, Floats]:
    h11, h12, h22 = matrix
    determinant = h11 * h22 - h12**2
    return (h22 * first - h12 * second) / determinant, (h11 * second - h12 * first) / determinant
