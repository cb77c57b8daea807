"""Peak memory of EASE at its largest catalogue: `python -m benchmarks.ease_memory [--items 20000] [--threads 1]`.

Fits EASE on generated interactions in this process, which does nothing else. `peak_bytes` is the largest resident
memory of the process. `base_bytes` is the memory before the fit, without the zero matrix of an unfitted model.
`residual` is the largest off-diagonal entry of (X'X + l2 I)(I - B), relative to the diagonal, over some columns: 0 for
exact weights.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import scipy.sparse
import torch

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.data.interactions import Interactions
from recsys.models.base import Shape
from recsys.models.fitted.ease import EASE, MAX_ITEMS, EASEConfig
from recsys.training.memory import held_memory, peak_memory

RESULTS = Path(__file__).parent / "results"
EVENTS, USERS, SEED, COLUMNS = 50, 20_000, 1, 5
CPU = torch.device("cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--items", type=int, default=MAX_ITEMS)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    command = f"python -m benchmarks.ease_memory --items {options.items} --threads {options.threads}"
    result = {**provenance(command, SEED), "items": options.items, "users": USERS, "threads": options.threads}
    torch.set_num_threads(options.threads)
    log = generated(options.items)
    base = held_memory(CPU)
    model = EASE(Shape(USERS, options.items), EASEConfig())
    began, began_cpu = time.monotonic(), time.process_time()
    model.fit(log)
    result |= {
        "events": len(log),
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(time.process_time() - began_cpu, 1),
        "base_bytes": base,
        "peak_bytes": peak_memory(CPU),
        "held_bytes": held_memory(CPU),
    }
    result["residual"] = residual(model, log)
    write_json(RESULTS / "ease-memory.json", result)
    print(result)


def generated(num_items: int) -> Interactions:
    """EVENTS events per user; item popularity follows a power law of the rank."""
    rng = np.random.default_rng(SEED)
    weights = np.arange(1, num_items + 1) ** -0.8
    items = rng.choice(num_items, size=USERS * EVENTS, p=weights / weights.sum()) + 1
    items[:num_items] = np.arange(num_items) + 1  # each item has an event
    return Interactions(
        user_ids=np.array(["", *map(str, range(1, USERS + 1))], dtype=object),
        item_ids=np.array(["", *map(str, range(1, num_items + 1))], dtype=object),
        users=np.repeat(np.arange(1, USERS + 1), EVENTS),
        items=items,
    )


def residual(model: EASE, log: Interactions) -> float:
    assert isinstance(model.config, EASEConfig)
    ones = np.ones(len(log), np.float64)
    user_items = scipy.sparse.csr_matrix((ones, (log.users, log.items)), (USERS + 1, model.num_items + 1))
    user_items.data[:] = 1  # an item counts once
    largest = 0.0
    for item in np.linspace(1, model.num_items, COLUMNS).astype(int):
        column_N = -model.weights[:, item].double().numpy()
        column_N[item] = 1
        product_N = user_items.T @ (user_items @ column_N) + model.config.l2 * column_N
        largest = max(largest, float(np.abs(np.delete(product_N, item)).max() / product_N[item]))
    return largest


if __name__ == "__main__":
    main()
