"""Command line interface: `python -m recsys COMMAND …`, on the same services as the pages.

--json prints one JSON object on stdout; progress goes to stderr. Exit status: 0 success, 2 user error with a one-line
message, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import orjson

from recsys import commands, messages
from recsys.commands import Answer
from recsys.commands.forgetting import do_forget
from recsys.commands.import_upload import add_import_upload, do_import_upload
from recsys.commands.importing import add_append, add_import, add_recipe, do_append, do_import, do_recipe
from recsys.commands.privacy import add_arguments, do_privacy
from recsys.commands.suitability import add_feasibility, do_feasibility
from recsys.commands.training_arguments import add_federated, add_privacy, add_training
from recsys.errors import RecsysError, SettingError


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        options = make_parser().parse_args(arguments)
        answer = options.run(options)
        if options.json:
            print_json(answer)
        else:
            print(as_text(answer), flush=True)
    except RecsysError as error:
        print(error.message, file=sys.stderr)
        if "--json" in arguments:
            fault = {"message": error.message, "stored": messages.to_json(error.message)}  # the second in any language
            print_json({"error": {**fault, "line": error.line, "column": error.column, **error.details()}})
        return 2
    except KeyboardInterrupt:  # commands without their own stop; files are written whole or not at all
        print("Stopped.", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:  # the reader closed the pipe, as `head` does
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # otherwise Python flushes into the pipe again at exit
        return 128 + signal.SIGPIPE
    return 0


def print_json(answer: Answer) -> None:
    option = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS  # a message is a str, though not exactly
    print(orjson.dumps(answer, option=option).decode(), flush=True)


def as_text(answer: Answer, indent: str = "") -> str:
    """Format an answer as indented plain text."""
    lines = []
    for key, value in answer.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}:", as_text(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{indent}{key}:")
            lines += [indent + "  " + "  ".join(f"{k}={_short(v)}" for k, v in row.items()) for row in value]
        else:
            lines.append(f"{indent}{key}: {_short(value)}")
    return "\n".join(lines)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return "; ".join(f"{key} {_short(part)}" for key, part in value.items()) or "none"
    return ", ".join(_short(v) for v in value) if isinstance(value, list | tuple) else str(value)


class Parser(argparse.ArgumentParser):
    """A parser of whole option names, with one-line errors."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Raise SettingError with a one-line message instead of printing the usage."""
        fault = message[:1].upper() + message[1:]
        raise SettingError(messages.message("{fault}. See {program} --help.", fault=fault, program=self.prog))


Command = Callable[[str, Callable[[argparse.Namespace], Answer], str], argparse.ArgumentParser]


def make_parser() -> argparse.ArgumentParser:
    common = Parser(add_help=False)
    common.add_argument("--workspace", help="folder of datasets and runs (else RECSCOPE_HOME, else .recscope)")
    common.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser = Parser(prog="python -m recsys", description="Train and explain recommenders.")
    choices = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], Answer], text: str) -> argparse.ArgumentParser:
        sub = choices.add_parser(name, parents=[common], help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    add_import(command("import", do_import, "Read, check and store a dataset."))
    add_append(command("append", do_append, "Add a later log to a dataset: a new dataset, as an import of the whole."))
    add_recipe(command("recipe", do_recipe, "Print the choices of a dataset's import, for import --recipe."))
    add_import_upload(command("import-upload", do_import_upload, "Check uploaded files; the Data page starts it."))
    command("models", commands.do_models, "List the models and their settings.")
    add_feasibility(
        command("feasibility", do_feasibility, "Say which models suit a dataset, and why the others do not.")
    )
    _add_train(command)
    _add_resume(command)
    _add_evaluate(command)
    _add_trust(command)
    _add_report(command)
    _add_global(command)
    _add_less_popular(command)
    _add_lists(command)
    _add_attack(command)
    add_arguments(command("privacy", do_privacy, "Train a model with and without protection, and compare the runs."))
    _add_recommend(command)
    _add_explain(command)
    _add_housekeeping(command)
    return parser


def _add_train(command: Command) -> None:
    train = command("train", commands.do_train, "Train a model in the foreground.")
    train.add_argument("--run-id")
    estimate = command("estimate", commands.do_estimate, "Estimate the time and memory of a training.")
    sweep = command("sweep", commands.do_sweep, "Search the settings of a model at random; the winner by validation.")
    sweep.add_argument("--runs", type=int, default=12, help="12 by default; the first has the settings of the preset")
    sweep.add_argument("--sweep-id", help="one that exists is continued")
    for sub in (train, estimate):
        add_privacy(sub)
        add_federated(sub)
    for sub in (train, estimate, sweep):
        add_training(sub)


def _add_resume(command: Command) -> None:
    sub = command("resume", commands.do_resume, "Continue a stopped run with its own settings.")
    sub.add_argument("run_name", metavar="RUN")


def _add_evaluate(command: Command) -> None:
    sub = command("evaluate", commands.do_evaluate, "Full-ranking metrics with baselines.")
    sub.add_argument("run_name", metavar="RUN")
    sub.add_argument("--k", nargs="+", type=int, help="cut-offs; 5, 10 and 20 by default")
    sub.add_argument("--split", choices=("test", "validation"), default="test")
    sub.add_argument("--split-by", choices=("leave_one_out", "time"),
                     help="also the run with the same settings under this protocol, or the command that trains it")  # fmt: skip
    sub.add_argument("--shuffle-histories", type=int, metavar="N", help="also with histories shuffled N times")
    sub.add_argument("--shuffle-ties", type=int, metavar="N", help="also with tied timestamps shuffled N times")
    sub.add_argument("--labels", choices=("ratings", "clicks"), help="also calibration: is it liked, is it clicked?")
    sub.add_argument("--threshold", type=float, help="the rating from which an event counts as liked")
    sub.add_argument("--trust", type=int, metavar="USERS",
                     help="also the faithfulness of explanations for this many users; stored with the run")  # fmt: skip
    sub.add_argument("--fairness", action="store_true", help="also quality and exposure by group of users and of items")


def _add_trust(command: Command) -> None:
    sub = command(
        "trust", commands.do_measure, "Measure how faithful the explanations of a run are; stored with the run."
    )
    sub.add_argument("run_name", metavar="RUN")
    sub.add_argument("--users", type=int, default=50, help="users to measure, 50 by default; a stop keeps those done")


def _add_report(command: Command) -> None:
    sub = command("report", commands.do_report, "Write a report of a run as one HTML file, readable without the app.")
    sub.add_argument("run_name", metavar="RUN")
    sub.add_argument("file", type=Path)
    sub.add_argument("--language", choices=list(messages.LANGUAGES), default=messages.ENGLISH)


def _add_global(command: Command) -> None:
    sub = command(
        "global", commands.do_measure, "Compute what drives a run over a sample of users; stored with the run."
    )
    sub.add_argument("run_name", metavar="RUN")
    sub.add_argument("--users", type=int, default=200, help="users to explain, 200 by default; a stop keeps those done")


def _add_less_popular(command: Command) -> None:
    text = "Measure what less popular lists cost in NDCG and bring in coverage, Gini and novelty; stored with the run."
    sub = command("less-popular", commands.do_measure, text)
    sub.add_argument("run_name", metavar="RUN")
    sub.add_argument("--users", type=int, default=2000, help="users to score, 2000 by default; a stop keeps those done")


def _add_lists(command: Command) -> None:
    text = "Compute the lists of a run for the test users and their metrics, as far as they are not stored."
    command("lists", commands.do_lists, text).add_argument("run_name", metavar="RUN")


def _add_attack(command: Command) -> None:
    text = "Attack a run: can its users be told from users it never saw? Stored with the run."
    sub = command("attack", commands.do_attack, text)
    sub.add_argument("run_name", metavar="RUN")
    sub.add_argument("--users", type=int, default=1000, help="users to attack, 1000 by default; half of them members")
    sub.add_argument("--shadows", type=int, nargs="?", const=4, default=0, metavar="N",
                     help="also with N shadow models, 4 without a number; each is a training")  # fmt: skip


def _add_query(sub: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    sub.add_argument("run_name", metavar="RUN")
    query = sub.add_mutually_exclusive_group(required=True)
    query.add_argument("--user")
    query.add_argument("--history", metavar="ID,ID,…")
    return query


def _add_recommend(command: Command) -> None:
    sub = command("recommend", commands.do_recommend, "Top K for a user or a history.")
    _add_query(sub).add_argument("--all", action="store_true")
    sub.add_argument("--out", type=Path)
    sub.add_argument("-k", type=int, default=10)
    sub.add_argument("--include-seen", action="store_true")
    sub.add_argument("--less-popular", type=float, default=0.0, metavar="S",
                     help="penalty on popular items: 0 is the plain list, 1 the least popular candidates")  # fmt: skip


def _add_explain(command: Command) -> None:
    sub = command("explain", commands.do_explain, "Explain why an item is recommended.")
    _add_query(sub)
    sub.add_argument("--item", required=True)
    sub.add_argument("--method")
    sub.add_argument("--against", metavar="ID", help="also why this item rather than that one")
    sub.add_argument("--verdict", action="store_true", help="also whether the explanation is faithful")
    sub.add_argument("--counterfactual", action="store_true",
                     help="also the smallest change that removes the item from the top K, "
                          "and what alone keeps it")  # fmt: skip
    sub.add_argument("-k", type=int, default=10, help="the K of --counterfactual")
    sub.add_argument("--include-seen", action="store_true",
                     help="among all items, as recommend --include-seen lists them")  # fmt: skip
    sub.add_argument("--html", type=Path, metavar="FILE", help="also as one HTML page, readable without the app")
    sub.add_argument(
        "--language", choices=list(messages.LANGUAGES), default=messages.ENGLISH, help="the language of the HTML page"
    )


def _add_housekeeping(command: Command) -> None:
    sub = command("blend", commands.do_blend, "Blend trained models, with weights found on validation.")
    sub.add_argument("run_names", metavar="RUN", nargs="+")
    sub.add_argument("--run-id")
    command("runs", commands.do_runs, "List the runs.")
    command("datasets", commands.do_datasets, "List the datasets.")
    sub = command("export", commands.do_export, "Write a run and its dataset to a file.")
    sub.add_argument("run_name", metavar="RUN")
    sub.add_argument("file", type=Path)
    sub.add_argument(
        "--without-data", action="store_true", help="leave the dataset out; it must exist where it is imported"
    )
    sub.add_argument("--pictures", action="store_true", help="include the pictures of the dataset")
    command("import-run", commands.do_import_run, "Import an exported run.").add_argument("file", type=Path)
    command("delete", commands.do_delete, "Remove a run or a dataset.").add_argument("id")
    sub = command(
        "forget", do_forget, "Forget a person: delete their events, and of runs that saw them all but a record."
    )
    sub.add_argument("dataset")
    sub.add_argument("user")
    sub.add_argument("--yes", action="store_true", help="do not ask first")


if __name__ == "__main__":
    sys.exit(main())
