"""Parsed options of a command as what the services take. Services are imported late: see the package."""

from __future__ import annotations

import argparse
from typing import Any

from recsys.errors import SettingError, fault_text
from recsys.messages import message


def parse_pairs(texts: list[str], what: str) -> dict[str, str]:
    """Parse `name=value` texts. Raises SettingError; `what` names the expected form in the message."""
    settings = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise SettingError(message("{text!r} is no {what}: write {what} as name=value.", text=text, what=what))
        settings[key] = value
    return settings


def workspace_of(options: argparse.Namespace):  # type: ignore[no-untyped-def]  # Workspace, imported late
    from recsys.services.data.forget import complete
    from recsys.services.workspace import open_workspace

    workspace = open_workspace(options.workspace)
    complete(workspace)  # where a process was killed while it forgot a person
    return workspace


def run_of(options: argparse.Namespace):  # type: ignore[no-untyped-def]  # OpenRun, imported late
    from recsys.services.workspace.open_run import open_run

    return open_run(workspace_of(options), options.run_name)


def request_of(options: argparse.Namespace):  # type: ignore[no-untyped-def]  # TrainRequest, imported late
    from pydantic import ValidationError

    from recsys.services.train.planning import TrainRequest
    from recsys.training.config import TrainingOptions

    privacy_names = {"epsilon": "epsilon", "noise": "noise", "delta": "delta", "clip": "clip", "user_rate": "rate"}
    given = {
        field: value for name, field in privacy_names.items() if (value := getattr(options, name, None)) is not None
    }
    federated = _federated(options)
    try:
        names = ("seed", "device", "threads", "cold_share", "liked_from", "split_by", "cut", "held_out_users")
        common = {name: getattr(options, name) for name in names}
        training_options = TrainingOptions(**common, privacy=given or None, federated=federated)
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][-1])  # of privacy the field within
        text = message("Option {option}: {fault}.", option=name, fault=fault_text(fault))
        raise SettingError(text, column=name) from None
    settings = parse_pairs(options.set, "key=value")
    run_id = getattr(options, "run_id", None)
    return TrainRequest(options.dataset, options.model, options.preset, settings, training_options, run_id)


def _federated(options: argparse.Namespace) -> dict[str, Any] | None:
    """Values of FederatedOptions that were given; None without --federated."""
    from recsys.training.privacy_config import FederatedOptions

    given = {
        name: value for name in FederatedOptions.model_fields if (value := getattr(options, name, None)) is not None
    }
    is_federated = getattr(options, "federated", False)  # `sweep` has no such option
    if given and not is_federated:
        name = next(iter(given))
        text = message("{name} is an option of federated training: add --federated.", name=name)
        raise SettingError(text, column=name)
    return given if is_federated else None


def query_from(options: argparse.Namespace, run: Any) -> Any:  # Query, imported late
    from recsys.services.recommend.history_edits import typed_ids
    from recsys.services.recommend.query import query_of

    return query_of(run, options.user, None if options.history is None else typed_ids(options.history))
