"""The `forget` command."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from recsys.commands.parsing import workspace_of
from recsys.errors import SettingError
from recsys.messages import Message, message, plural


def do_forget(options: argparse.Namespace) -> dict[str, Any]:
    from recsys.services.data import forget

    workspace = workspace_of(options)
    planned = forget.preview(workspace, options.dataset, options.user)
    if not options.yes:
        _confirm(
            message(
                "This deletes {events} for good, and of {models} all but a record.",
                events=plural("{n:,} event", "{n:,} events", planned.events),
                models=plural("{n:,} trained model", "{n:,} trained models", len(planned.runs)),
            )
        )
    return forget.as_json(forget.forget(workspace, options.dataset, options.user))


def _confirm(what: Message) -> None:
    """Ask on stderr. Raises SettingError unless the answer is yes; without a terminal nobody can answer."""
    print(what, file=sys.stderr)
    if sys.stdin is not None and sys.stdin.isatty():
        print(message("Forget this person? Type yes:"), end=" ", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() == "yes":
            return
    raise SettingError(
        message("Nothing was deleted. Repeat the command with --yes to forget this person."), column="yes"
    )
