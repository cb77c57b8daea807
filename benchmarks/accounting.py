"""ε of random settings beside that of dp-accounting: `python -m benchmarks.accounting [--settings 500]`.

Counts the settings whose ε lies below dp-accounting's lower value, and compares with its upper one. ε is compared where
both are sound: dp-accounting's two values differ by less than a hundredth, and ε is from .1 to 50.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from dp_accounting.pld import privacy_loss_distribution as pld

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.training.private.accounting import epsilon_spent, rdp_epsilon

RESULTS = Path(__file__).parent / "results"
SEED = 1


def random_setting(rng: np.random.Generator) -> tuple[float, float, int, float]:
    """Noise, rate, steps and delta, each uniform on a logarithmic scale; ε by RDP is 100 at most."""
    while True:
        noise, rate = 10 ** rng.uniform(-0.4, 1.2), 10 ** rng.uniform(-3, 0)
        steps, delta = round(10 ** rng.uniform(0, 4)), 10 ** rng.uniform(-8, -3)
        if rdp_epsilon(noise, rate, steps, delta) <= 100:
            return noise, rate, steps, delta


def by_dp_accounting(noise: float, rate: float, steps: int, delta: float, *, is_upper: bool) -> float:
    distribution = pld.from_gaussian_mechanism(
        noise, pessimistic_estimate=is_upper, sampling_prob=rate, use_connect_dots=is_upper
    )
    return float(distribution.self_compose(steps).get_epsilon_for_delta(delta))


def measure(num_settings: int) -> dict[str, Any]:
    rng, rows, seconds = np.random.default_rng(SEED), [], 0.0
    for _ in range(num_settings):
        setting = random_setting(rng)
        began = time.perf_counter()
        epsilon = epsilon_spent(*setting)
        seconds += time.perf_counter() - began
        rows.append((epsilon, *(by_dp_accounting(*setting, is_upper=is_upper) for is_upper in (False, True))))
    ours, lower, upper = np.array(rows).T
    sound = (ours >= 0.1) & (ours <= 50) & (upper - lower < 0.01 * upper)
    ratio = ours[sound] / upper[sound]
    return {
        "settings": num_settings,
        "below_the_lower_value": int((ours < lower).sum()),
        "both_sound": int(sound.sum()),
        "ratio_to_the_upper_value": {"least": ratio.min(), "median": float(np.median(ratio)), "most": ratio.max()},
        "within_one_percent": float(np.mean(np.abs(ratio - 1) < 0.01)),
        "seconds_each": seconds / num_settings,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=int, default=500)
    options = parser.parse_args()
    kept = provenance("python -m benchmarks.accounting", SEED)
    write_json(RESULTS / "accounting.json", kept | measure(options.settings))


if __name__ == "__main__":
    main()
