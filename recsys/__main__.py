"""The command line: `python -m recsys COMMAND …`. The same services as the pages.

With --json one JSON object on stdout, progress on stderr. Exit 0: done; 2: the person's fault, said in one line.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from recsys.errors import RecsysError, SettingError

Answer = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    try:
        answer = options.run(options)
    except RecsysError as error:
        print(error.message, file=sys.stderr)
        if options.json:
            say({"error": {"message": error.message, "line": error.line, "column": error.column}})
        return 2
    if options.json:
        say(answer)
    else:
        print(in_words(answer))
    return 0


def say(answer: Answer) -> None:
    print(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY).decode(), flush=True)


def in_words(answer: Answer, indent: str = "") -> str:
    """A plain listing of an answer, for people."""
    lines = []
    for key, value in answer.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}:", in_words(value, indent + "  ")]
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


def make_parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--workspace", help="folder of data sets and runs (else RECSCOPE_HOME, else .recscope)")
    common.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser = argparse.ArgumentParser(prog="python -m recsys", description="Train and explain recommenders.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], Answer], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[common], help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    sub = command("import", do_import, "Read, check and store a data set.")
    sub.add_argument("file", type=Path)
    for name in ("users", "items", "images", "impressions"):
        sub.add_argument(f"--{name}", type=Path)
    sub.add_argument("--name")
    sub.add_argument("--map", nargs="+", default=[], metavar="role=column")
    sub.add_argument("--scale", nargs=2, type=float, metavar=("LO", "HI"))
    sub.add_argument("--max-rows", type=int)
    sub.add_argument("--max-items", type=int)
    command("models", do_models, "List the models and their settings.")
    trained = command("train", do_train, "Train a model in the foreground.")
    trained.add_argument("--run-id")
    tried = command("estimate", do_estimate, "Time and memory that a training will take, from a second of it.")
    for sub in (trained, tried):
        sub.add_argument("dataset")
        sub.add_argument("--model", required=True)
        sub.add_argument("--set", nargs="+", action="extend", default=[], metavar="key=value")
        sub.add_argument("--preset", default="balanced")
        sub.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
        sub.add_argument("--seed", type=int, default=1)
        sub.add_argument("--threads", type=int)
        sub.add_argument(
            "--cold-share",
            type=float,
            default=0.0,
            metavar="SHARE",
            help="share of the items held out of training, 0 to 0.5",
        )
        sub.add_argument(
            "--liked-from",
            type=float,
            metavar="RATING",
            help="suggest what will be liked: only events rated this or more are targets",
        )
    sub = command("evaluate", do_evaluate, "Full-ranking metrics, baselines beside.")
    sub.add_argument("run_name", metavar="RUN")
    sub.add_argument("--k", nargs="+", type=int, default=[5, 10, 20])
    sub.add_argument("--split", choices=("test", "validation"), default="test")
    sub.add_argument("--labels", choices=("ratings", "clicks"), help="also yes or no: is it liked, is it clicked?")
    sub.add_argument("--threshold", type=float, help="a rating from which on an event counts as liked")
    sub = command("recommend", do_recommend, "Top K for a user or a history.")
    sub.add_argument("run_name", metavar="RUN")
    who = sub.add_mutually_exclusive_group(required=True)
    who.add_argument("--user")
    who.add_argument("--history", metavar="ID,ID,…")
    who.add_argument("--all", action="store_true")
    sub.add_argument("--out", type=Path)
    sub.add_argument("-k", type=int, default=10)
    sub.add_argument("--include-seen", action="store_true")
    sub = command("explain", do_explain, "Why an item is suggested.")
    sub.add_argument("run_name", metavar="RUN")
    who = sub.add_mutually_exclusive_group(required=True)
    who.add_argument("--user")
    who.add_argument("--history", metavar="ID,ID,…")
    sub.add_argument("--item", required=True)
    sub.add_argument("--method")
    sub.add_argument("--against", metavar="ID", help="also why this item and not that one")
    sub.add_argument("--verdict", action="store_true", help="also whether the explanation holds, against random orders")
    sub.add_argument(
        "--counterfactual",
        action="store_true",
        help="also what would take it out of the top K, and what alone keeps it",
    )
    sub.add_argument("-k", type=int, default=10, help="the K of --counterfactual")
    sub.add_argument("--html", type=Path, metavar="FILE", help="also as one page to hand on, readable without the app")
    sub = command("blend", do_blend, "Blend finished runs, with weights found on validation.")
    sub.add_argument("run_names", metavar="RUN", nargs="+")
    sub.add_argument("--run-id")
    command("runs", do_runs, "List the runs.")
    command("datasets", do_datasets, "List the data sets.")
    sub = command("export", do_export, "Write a run and its data to a file.")
    sub.add_argument("run_name", metavar="RUN")
    sub.add_argument("file", type=Path)
    sub.add_argument(
        "--without-data", action="store_true", help="leave the data set out; it must be where it is taken in"
    )
    sub.add_argument("--pictures", action="store_true", help="take the data set's pictures along")
    sub = command("import-run", do_import_run, "Take in an exported run.")
    sub.add_argument("file", type=Path)
    sub = command("delete", do_delete, "Remove a run or a data set.")
    sub.add_argument("id")
    return parser


def pairs(texts: list[str], what: str) -> dict[str, str]:
    found = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise SettingError(f"{text!r} is no {what}: write {what} as name=value.")
        found[key] = value
    return found


def workspace_of(options: argparse.Namespace):  # type: ignore[no-untyped-def]  # Workspace, imported late
    from recsys.services.workspace import open_workspace

    return open_workspace(options.workspace)


def run_of(options: argparse.Namespace):  # type: ignore[no-untyped-def]  # OpenRun, imported late
    from recsys.services.opening import open_run

    return open_run(workspace_of(options), options.run_name)


def do_import(options: argparse.Namespace) -> Answer:
    from recsys.data.load import ImportRequest
    from recsys.services.datasets import import_dataset

    workspace = workspace_of(options)
    request = ImportRequest(
        ratings=options.file,
        items=options.items,
        users=options.users,
        images=options.images,
        impressions=options.impressions,
        name=options.name,
        mapping=pairs(options.map, "role=column"),
        scale=tuple(options.scale) if options.scale else None,
        max_rows=options.max_rows,
        max_items=options.max_items,
    )
    dataset = import_dataset(workspace, request)
    summary = workspace.datasets.summary(dataset.dataset_id)
    return {
        **summary.model_dump(
            include={"dataset_id", "name", "rows", "users", "items", "catalogue_items", "rating_sum", "impressions"}
        ),
        "repairs": [repair.model_dump() for repair in dataset.report.repairs],
        "warnings": list(dataset.report.warnings),
    }


def do_models(options: argparse.Namespace) -> Answer:
    from recsys.services.models import list_models

    return {
        "models": [
            {
                "name": card.name,
                "family": card.family,
                "summary": card.summary,
                "settings": [
                    {"name": s.name, "type": s.type, "default": s.default, "low": s.low, "high": s.high, "help": s.help}
                    for s in card.settings
                ],
            }
            for card in list_models()
        ]
    }


def do_train(options: argparse.Namespace) -> Answer:
    # Before the imports, which take seconds: a stop at once is a stop, too.
    asked_to_stop = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: asked_to_stop.append(True))

    from recsys.services.training import train

    request = request_of(options)
    record = train(workspace_of(options), request, on_event=teller(), should_stop=lambda: bool(asked_to_stop))
    return record.model_dump()


def do_estimate(options: argparse.Namespace) -> Answer:
    from dataclasses import asdict

    from recsys.services.trial import estimate

    return asdict(estimate(workspace_of(options), request_of(options)))


def request_of(options: argparse.Namespace):  # type: ignore[no-untyped-def]  # TrainRequest, imported late
    from pydantic import ValidationError

    from recsys.services.training import TrainRequest
    from recsys.training.config import TrainingOptions

    try:
        how = TrainingOptions(
            seed=options.seed,
            device=options.device,
            threads=options.threads,
            cold_share=options.cold_share,
            liked_from=options.liked_from,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise SettingError(f"Option {fault['loc'][0]}: {fault['msg']}.", column=str(fault["loc"][0])) from None
    settings = pairs(options.set, "key=value")
    return TrainRequest(options.dataset, options.model, options.preset, settings, how, getattr(options, "run_id", None))


def teller() -> Callable[[Any], None]:
    """Prints an epoch a line, and how far the present one is, to stderr."""
    told = [0.0]

    def tell(event: Any) -> None:
        if hasattr(event, "tower"):
            if event.epoch == event.epochs:
                print(f"{event.tower} read, {event.epochs} passes: loss {event.loss:.4f}", file=sys.stderr)
            return
        if hasattr(event, "share"):
            if time.monotonic() - told[0] > 0.5 and sys.stderr.isatty():
                told[0] = time.monotonic()
                print(f"\repoch {event.epoch}: {event.share:4.0%}  loss {event.loss:.4f}", end="", file=sys.stderr)
            return
        ndcg = "" if event.ndcg is None else f"  validation NDCG@10 {event.ndcg:.4f}{' *' if event.is_best else ''}"
        accuracy = "" if event.accuracy is None else f"  accuracy {event.accuracy:.3f}"
        print(f"\repoch {event.epoch}: loss {event.loss:.4f}{ndcg}{accuracy}  {event.seconds:.1f} s", file=sys.stderr)

    return tell


def do_evaluate(options: argparse.Namespace) -> Answer:
    from recsys.services import labels
    from recsys.services.evaluation import evaluate
    from recsys.services.segments import as_json, segments

    if options.threshold is not None and options.labels != "ratings":
        raise SettingError("--threshold says what counts as liked: it needs --labels ratings.", column="threshold")
    run = run_of(options)
    found = evaluate(workspace_of(options), run, options.k, options.split)
    answer = {
        "protocol": found.protocol,
        "num_users": found.num_users,
        "metrics": found.metrics,
        "intervals": found.intervals,
        "baselines": found.baselines,
        "verdict": found.verdict,
        **as_json(segments(run, options.split)),
    }
    if options.labels is not None:
        told = labels.label_quality(run, options.labels, options.threshold, options.k)
        answer["labels"] = labels.as_json(told)
    return answer


def asker(options: argparse.Namespace, run: Any) -> Any:
    from recsys.services.recommendation import asker_of

    history = None if options.history is None else [part.strip() for part in options.history.split(",") if part.strip()]
    return asker_of(run, options.user, history)


def do_recommend(options: argparse.Namespace) -> Answer:
    from recsys.services.batch import export_all
    from recsys.services.recommendation import suggest

    run = run_of(options)
    if options.all:
        if options.out is None:
            raise SettingError("--all needs --out FILE: the lists of all users are written there.", column="out")
        return {"users": export_all(run, options.out, options.k, count_users), "file": str(options.out)}
    who = asker(options, run)
    found = suggest(run, who, options.k, hide_seen=False if options.include_seen else None)
    keys = ("item_id", "title", "score", "rank")
    return {"recommendations": [{key: getattr(one, key) for key in keys} for one in found], "note": who.note}


def count_users(done: int, total: int) -> None:
    """One line on stderr that counts up; in a file, only its end."""
    if done == total or sys.stderr.isatty():
        print(f"\r{done:,} of {total:,} users", end="\n" if done == total else "", file=sys.stderr, flush=True)


def do_explain(options: argparse.Namespace) -> Answer:
    from recsys.services import contentwhy, contrast, counterfactual, faithfulness, sources
    from recsys.services.explanation import as_json, why
    from recsys.services.handout import write_handout

    run = run_of(options)
    who = asker(options, run)
    told = why(run, who, options.item, options.method)
    shown = None
    if options.verdict:
        told, shown = faithfulness.checked(run, who, told)
    if options.html is not None:
        write_handout(options.html, run, who, told, "" if shown is None else shown.sentence)
    found = as_json(run, told) | {"sources": sources.as_json(sources.where_from(run, who, options.item))}
    if options.against is not None:
        found["against"] = contrast.as_json(contrast.contrast(run, who, options.item, options.against))
    if shown is not None:
        found["faithfulness"] = faithfulness.as_json(shown)
    content = contentwhy.content_why(run, who, options.item)
    if options.counterfactual:
        found |= counterfactual.as_json(run, who, counterfactual.changes(run, who, options.item, options.k))
    return found if content is None else found | {"content": contentwhy.as_json(content)}


def do_blend(options: argparse.Namespace) -> Answer:
    from recsys.services.blending import blend

    found = blend(workspace_of(options), options.run_names, options.run_id, tell_share)
    return {
        "run_id": found.run_id,
        "weights": found.weights,
        "metrics": found.metrics,
        "parts": [*map(vars, found.parts)],
    }


def tell_share(share: float, doing: str) -> None:
    """One line on stderr that counts up; nothing in a file."""
    if sys.stderr.isatty():
        print(f"\r{share:4.0%}  {doing:40}", end="\n" if share == 1 else "", file=sys.stderr, flush=True)


def do_runs(options: argparse.Namespace) -> Answer:
    from recsys.services.runs import list_runs

    return {"runs": [vars(summary) for summary in list_runs(workspace_of(options))]}


def do_datasets(options: argparse.Namespace) -> Answer:
    from recsys.services.datasets import list_datasets

    return {"datasets": [summary.model_dump() for summary in list_datasets(workspace_of(options))]}


def do_export(options: argparse.Namespace) -> Answer:
    from recsys.services.transfer import export_run

    if options.without_data and options.pictures:
        raise SettingError("--pictures belong to the data set, which --without-data leaves out. Choose one.")
    num_files, digest = export_run(
        workspace_of(options), options.run_name, options.file, data=not options.without_data, pictures=options.pictures
    )
    return {"file": str(options.file), "bytes": options.file.stat().st_size, "files": num_files, "sha256": digest}


def do_import_run(options: argparse.Namespace) -> Answer:
    from recsys.services.transfer import import_run

    return {"run_id": import_run(workspace_of(options), options.file)}


def do_delete(options: argparse.Namespace) -> Answer:
    from recsys.services.datasets import delete_dataset
    from recsys.services.runs import delete_run

    workspace = workspace_of(options)
    if any(options.id == summary.dataset_id for summary in workspace.datasets.list()):
        return {"deleted": options.id, "runs": delete_dataset(workspace, options.id)}
    delete_run(workspace, options.id)
    return {"deleted": options.id, "runs": []}


if __name__ == "__main__":
    sys.exit(main())
