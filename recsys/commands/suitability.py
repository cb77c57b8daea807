"""The command `feasibility`: which models suit a dataset."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import Any

from recsys.commands.parsing import workspace_of


def add_feasibility(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("dataset")
    sub.add_argument("--estimate", nargs="*", choices=("quick", "balanced", "thorough"), metavar="PRESET",
                     help="also time and memory of these presets, all without a name; a few seconds for each")  # fmt: skip


def do_feasibility(options: argparse.Namespace) -> dict[str, Any]:
    from recsys.services.train import feasibility

    workspace = workspace_of(options)
    dataset = workspace.datasets.load(options.dataset)
    seen = feasibility.feasibility(workspace, dataset)
    if options.estimate is not None:
        presets, say = tuple(options.estimate or ("quick", "balanced", "thorough")), partial(print, file=sys.stderr)
        seen = feasibility.with_estimates(workspace, dataset, seen, presets, say)
    return feasibility.as_json(seen)
