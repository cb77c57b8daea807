"""The `privacy` command: train the privacy series of a model and print its results."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import Any

from recsys.commands.parsing import workspace_of
from recsys.commands.progress_lines import progress_printer, stop_signal


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """Dataset, model, preset and seed; everything else follows from the series."""
    sub.add_argument("dataset")
    sub.add_argument("--model", required=True)
    sub.add_argument("--preset", default="balanced")
    sub.add_argument("--seed", type=int, default=1)
    sub.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))


def do_privacy(options: argparse.Namespace) -> dict[str, Any]:
    should_stop = stop_signal()
    from recsys.services.models.privacy_series import train_series
    from recsys.services.models.privacy_series_text import as_json
    from recsys.services.train.planning import TrainRequest, config_of
    from recsys.training.config import TrainingOptions

    choices = TrainingOptions(seed=options.seed, device=options.device)
    config = config_of(TrainRequest(options.dataset, options.model, options.preset, {}, choices))
    say = partial(print, file=sys.stderr)
    done = train_series(workspace_of(options), config, say, on_event=progress_printer(), should_stop=should_stop)
    return as_json(done)
