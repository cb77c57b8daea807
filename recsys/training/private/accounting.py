"""Privacy budget (ε) of Poisson-sampled steps with Gaussian noise (DP-SGD, Abadi et al. 2016, arXiv:1607.00133).

Two accountants of Opacus, each an upper bound: numerical composition of privacy loss variables (PRV, Gopi et al. 2021,
arXiv:2106.02848), the tighter, and Rényi differential privacy (RDP, Mironov et al. 2019, arXiv:1908.10530), which serves
wherever PRV has no sound result. The lower of the two counts.
"""

from __future__ import annotations

import math
import warnings
from functools import lru_cache

import numpy as np

ORDERS = [1 + x / 10 for x in range(1, 100)] + [*range(11, 64), 80, 96, 128, 192, 256, 384, 512, 768, 1000]
RELATIVE_ERROR = 0.002  # of PRV, added to its ε
LARGEST_ERROR = 0.01  # of ε
MAX_POINTS = 2**22  # of PRV's mesh; beyond it, a coarser mesh, and RDP where that is too coarse
NOISE_PRECISION = 0.001  # of the noise for a target, relative
MAX_NOISE = 1e5


@lru_cache(maxsize=4096)
def epsilon_spent(noise: float, rate: float, steps: int, delta: float) -> float:
    """Upper bound of ε after `steps` steps, each on a Poisson sample with probability `rate`.

    `noise` is the standard deviation of the noise divided by the norm that contributions are clipped to. The unit is
    what is sampled and clipped; neighbouring datasets differ by adding or removing one unit.
    """
    assert noise >= 0
    assert 0 < rate <= 1
    assert 0 < delta < 1
    if steps == 0:
        return 0.0
    if noise == 0:
        return math.inf
    by_rdp = rdp_epsilon(noise, rate, steps, delta)
    epsilon = min(by_rdp, prv_epsilon(noise, rate, steps, delta, by_rdp))
    if epsilon < by_rdp / 2:  # the mesh was chosen for a larger ε
        epsilon = min(epsilon, prv_epsilon(noise, rate, steps, delta, epsilon))
    return epsilon


def noise_for(epsilon: float, rate: float, steps: int, delta: float) -> float:
    """Least noise, to a thousandth, with which `steps` steps spend at most `epsilon`; `inf` if no noise is enough."""
    assert epsilon > 0
    high = 0.5
    while rdp_epsilon(high, rate, steps, delta) > epsilon:
        high *= 2
        if high > MAX_NOISE:
            return math.inf
    low = high / 2
    while high - low > 0.05 * high:  # RDP is quicker, and its noise a few percent above that of the lower bound
        middle = (low + high) / 2
        low, high = (low, middle) if rdp_epsilon(middle, rate, steps, delta) <= epsilon else (middle, high)
    low = high
    while epsilon_spent(low, rate, steps, delta) <= epsilon:
        low, high = 0.9 * low, low
    while high - low > NOISE_PRECISION * high:
        middle = (low + high) / 2
        low, high = (low, middle) if epsilon_spent(middle, rate, steps, delta) <= epsilon else (middle, high)
    return high


def rdp_epsilon(noise: float, rate: float, steps: int, delta: float) -> float:
    """Upper bound of ε by Rényi differential privacy, over `ORDERS`."""
    from opacus.accountants.analysis.rdp import compute_rdp, get_privacy_spent  # 2 s to import

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # the best order is the first or last: still a bound
        rdp = compute_rdp(q=rate, noise_multiplier=noise, steps=steps, orders=ORDERS)
        epsilon, _ = get_privacy_spent(orders=ORDERS, rdp=rdp, delta=delta)
    return max(0.0, float(epsilon))


def prv_epsilon(noise: float, rate: float, steps: int, delta: float, scale: float) -> float:
    """Upper bound of ε by numerical composition; `inf` if it cannot be computed soundly.

    `scale` is ε by another bound, from which the mesh is chosen.
    """
    from opacus.accountants import PRVAccountant  # 2 s to import

    if not np.isfinite(scale) or scale == 0:
        return math.inf
    delta_error = delta / 1000
    # PRVAccountant's mesh spans about 2 (scale + 3) in steps of error / sqrt(steps ln(12 / delta_error) / 2).
    width = 2.5 * (scale + 8) * math.sqrt(steps * math.log(12 / delta_error) / 2)
    error = max(min(LARGEST_ERROR, RELATIVE_ERROR * scale), width / MAX_POINTS)
    if error > max(LARGEST_ERROR, 0.05 * scale):
        return math.inf
    accountant = PRVAccountant()
    accountant.history = [(noise, rate, steps)]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            epsilon = float(accountant.get_epsilon(delta, eps_error=error, delta_error=delta_error))
        except (RuntimeError, ValueError, IndexError, FloatingPointError):
            return math.inf
    return epsilon if np.isfinite(epsilon) and epsilon > 0 else math.inf
