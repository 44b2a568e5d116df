"""The likelihood of the Copas selection model for given selection, with its exact gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from evidence.arguments import FloatArray

_STEP = 1e-5  # for the Hessian, from differences of the gradient
_LOG_ROOT = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True, slots=True, eq=False)
class CopasLikelihood:
    """Studies reported where ``u_i + d_i > 0``; parameters are (mu, rho, tau2[, slope]).

    Study i has ``y_i = mu + slope s_i + tau a_i + sigma_i e_i`` and is reported if ``gamma0 + gamma1 / s_i +
    d_i > 0``, all of a, e, d standard normal and corr(e, d) = rho. `s` is the standard error of a study that
    is reported, so that ``sigma_i^2 = s_i^2 / (1 - rho^2 c_i)`` with ``c_i = r (u_i + r)``, ``r = phi(u_i) /
    Phi(u_i)`` (Copas and Shi 2000, Biostatistics 1:247; 2001, Stat Methods Med Res 10:251).

    Attributes
    ----------
    y, s : array, shape (k,)
        Estimates and standard errors.
    u : array, shape (k,)
        ``gamma0 + gamma1 / s``.
    """

    y: FloatArray
    s: FloatArray
    u: FloatArray

    def __call__(self, at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log-likelihood, gradient and Hessian."""
        up, down = _STEP * np.eye(at.size), _STEP * np.eye(at.size)
        down[2, 2] = min(_STEP, at[2])  # tau2 is not below 0
        value, gradient = self.evaluate(np.vstack([at, at + up, at - down]))
        spacing = np.diag(up + down)[:, None]
        hessian = (gradient[1 : at.size + 1] - gradient[at.size + 1 :]) / spacing
        return float(value[0]), gradient[0], (hessian + hessian.T) / 2

    def evaluate(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log-likelihood (m,) and gradient (m, p) at several sets of parameters (m, p).

        Examples
        --------
        >>> model = CopasLikelihood(np.array([0.5, 0.1]), np.array([0.2, 0.3]), np.array([9.0, 9.0]))
        >>> value, _ = model.evaluate(np.array([[0.3, 0.0, 0.0]]))  # all are reported: a common effect
        >>> plain = -np.log(2 * np.pi * model.s**2) / 2 - (model.y - 0.3) ** 2 / (2 * model.s**2)
        >>> bool(np.isclose(value[0], plain.sum()))
        True
        """
        mu, rho, tau2 = at[:, :1], at[:, 1:2], at[:, 2:3]
        ratio = mills(self.u)
        c = ratio * (self.u + ratio)
        square = self.s**2 / (1 - c * rho**2)
        sigma, total = np.sqrt(square), square + tau2
        e = self.y - mu - (at[:, 3:4] * self.s if at.shape[1] == 4 else 0.0)
        lean = rho * sigma  # covariance of y and d
        share = lean**2 / total
        top, bottom = self.u + lean * e / total, np.sqrt(1 - share)
        v = top / bottom
        value = -_LOG_ROOT - 0.5 * np.log(total) - e**2 / (2 * total) + log_ndtr(v) - log_ndtr(self.u)
        slope_v = mills(v)
        # By mu, rho and tau2: of sigma^2 + tau2, of rho sigma, and of v.
        d_total = 2 * c * rho * square**2 / self.s**2
        d_lean = sigma + rho * d_total / (2 * sigma)
        v_mu = -lean / (total * bottom)
        share_rho = 2 * lean * d_lean / total - share * d_total / total
        v_rho = e * (d_lean - lean * d_total / total) / (total * bottom) + v * share_rho / (2 * bottom**2)
        v_tau2 = -lean * e / (total**2 * bottom) - v * share / (2 * total * bottom**2)
        fit = (e**2 / total - 1) / (2 * total)
        by_mu = e / total + slope_v * v_mu
        parts = [by_mu, fit * d_total + slope_v * v_rho, fit + slope_v * v_tau2]
        if at.shape[1] == 4:
            parts.append(by_mu * self.s)
        return value.sum(axis=1), np.stack([part.sum(axis=1) for part in parts], axis=1)


def mills(x: FloatArray) -> FloatArray:
    """Density over distribution function of the standard normal, without underflow.

    Examples
    --------
    >>> [round(float(value), 4) for value in mills(np.array([0.0, -40.0]))]
    [0.7979, 40.025]
    """
    return np.exp(-(x**2) / 2 - _LOG_ROOT - log_ndtr(x))
