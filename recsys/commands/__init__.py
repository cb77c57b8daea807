"""Command implementations: parsed options in, a JSON-ready answer out.

Each command imports the services it needs, and torch with them, so that the other commands start at once.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import Any

from recsys.commands.parsing import query_from, request_of, run_of, workspace_of
from recsys.commands.progress_lines import print_share, print_user_count, progress_printer, stop_signal
from recsys.errors import SettingError
from recsys.messages import message

Answer = dict[str, Any]


def do_models(options: argparse.Namespace) -> Answer:
    from recsys.services.train.model_cards import as_json

    return {"models": as_json()}


def do_train(options: argparse.Namespace) -> Answer:
    should_stop = stop_signal()  # before the imports, which take seconds, so that an early Ctrl-C counts

    from recsys.services.train.training import train

    record = train(workspace_of(options), request_of(options), on_event=progress_printer(), should_stop=should_stop)
    return record.model_dump()


def do_resume(options: argparse.Namespace) -> Answer:
    should_stop = stop_signal()
    from recsys.services.train.training import train_run

    workspace = workspace_of(options)
    record = train_run(workspace, options.run_name, on_event=progress_printer(), should_stop=should_stop)
    return record.model_dump()


def do_sweep(options: argparse.Namespace) -> Answer:
    should_stop = stop_signal()
    from recsys.services.train.sweep import SweepRequest, train_sweep
    from recsys.services.train.sweep_runs import as_json

    request, say = (
        SweepRequest(request_of(options), options.runs, sweep_id=options.sweep_id),
        partial(print, file=sys.stderr),
    )
    done = train_sweep(workspace_of(options), request, say, on_event=progress_printer(), should_stop=should_stop)
    return {"sweep": as_json(done)}


def do_estimate(options: argparse.Namespace) -> Answer:
    from dataclasses import asdict

    from recsys.services.train.trial import estimate

    return asdict(estimate(workspace_of(options), request_of(options)))


def do_evaluate(options: argparse.Namespace) -> Answer:
    from recsys.evaluation.metrics import CUT_OFFS
    from recsys.runs.list_record import list_metrics_of
    from recsys.services.models import ctr, fairness, protocol_checks, quality, segment_report, trust

    if options.threshold is not None and options.labels != "ratings":
        raise SettingError(message("--threshold needs --labels ratings."), column="threshold")
    run = run_of(options)
    cut_offs = CUT_OFFS if options.k is None else options.k
    answer = quality.as_json(quality.evaluate(workspace_of(options), run, cut_offs, options.split))
    answer |= segment_report.as_json(segment_report.segments(run, options.split))
    checks = (options.split_by, options.shuffle_histories, options.shuffle_ties)
    answer |= protocol_checks.as_json(workspace_of(options), run, options.split, *checks)
    if options.split == "test":
        answer["list_metrics"] = list_metrics_of(run.folder, run.record)
    if options.labels is not None:
        answer["labels"] = ctr.as_json(ctr.label_quality(run, options.labels, options.threshold, cut_offs))
    if options.trust is not None:
        measured = trust.measure(run, options.trust, print_share)
        answer["trust"] = measured.model_dump(mode="json", exclude={"weights_sha256", "stopped"})
    if options.fairness:
        answer["fairness"] = fairness.as_json(fairness.fairness(run))
    return answer


def do_measure(options: argparse.Namespace) -> Answer:
    """The `trust`, `global` and `less-popular` commands."""
    should_stop = stop_signal()
    from recsys.services.explore import global_job
    from recsys.services.models import trust_job
    from recsys.services.recommend import popularity_job

    measures = {
        "trust": trust_job.measure_run,
        "global": global_job.compute_run,
        "less-popular": popularity_job.measure_run,
    }
    measure = measures[options.command]
    return measure(workspace_of(options), options.run_name, options.users, should_stop, print_share)


def do_lists(options: argparse.Namespace) -> Answer:
    should_stop = stop_signal()
    from recsys.services.models.list_job import compute_run

    return compute_run(workspace_of(options), options.run_name, should_stop, print_share)


def do_attack(options: argparse.Namespace) -> Answer:
    should_stop = stop_signal()
    from recsys.services.models.attack_job import attack_run

    return attack_run(workspace_of(options), options.run_name, options.users, options.shadows, should_stop, print_share)


def do_report(options: argparse.Namespace) -> Answer:
    from recsys.services.models.report_job import make_report

    return make_report(workspace_of(options), options.run_name, options.file, options.language, print_share)


def do_recommend(options: argparse.Namespace) -> Answer:
    from recsys.services.explore.batch_lists import export_all
    from recsys.services.recommend import cold_start

    run = run_of(options)
    if options.all:
        if options.out is None:
            raise SettingError(message("--all needs --out FILE, the file of the lists."), column="out")
        if options.less_popular:
            raise SettingError(message("--less-popular needs --user or --history."), column="less_popular")
        return {"users": export_all(run, options.out, options.k, print_user_count), "file": str(options.out)}
    query = query_from(options, run)
    hide_seen, less = False if options.include_seen else None, options.less_popular
    shown = cold_start.recommendation_list(run, query, options.k, hide_seen, less_popular=less)
    return cold_start.as_json(shown, query)


def do_explain(options: argparse.Namespace) -> Answer:
    from recsys.services.explain import content_reasons, contrastive, explain_item, score_breakdown  # isort: split
    from recsys.services.explain import smallest_change, verdict
    from recsys.services.explain.html_report import write_html_report

    run = run_of(options)
    query = query_from(options, run)
    scored = explain_item.scored_history(run, query)
    hide_seen = False if options.include_seen else None
    situation = explain_item.situation_of(run, query, options.item, hide_seen=hide_seen, scored=scored)
    explanation = explain_item.by_method(explain_item.explained(run, situation), situation, options.method)
    judged = None
    if options.verdict:
        explanation, judged = verdict.checked(situation, explanation)
    content = content_reasons.explain_content(run, query, options.item, situation=situation)
    if options.html is not None:
        sentence = "" if judged is None else judged.sentence
        write_html_report(options.html, run, query, explanation, sentence, content, options.language)
    breakdown = score_breakdown.of_breakdown(run, explanation.breakdown, explanation.quantity)
    answer = explain_item.as_json(run, explanation) | {"sources": score_breakdown.as_json(breakdown)}
    if options.against is not None:
        contrast = contrastive.contrast(run, query, options.item, options.against, hide_seen, scored)
        answer["against"] = contrastive.as_json(contrast)
    if judged is not None:
        answer["faithfulness"] = verdict.as_json(judged)
    if options.counterfactual:
        changes = smallest_change.changes(run, query, options.item, options.k, situation, hide_seen)
        answer |= smallest_change.as_json(run, query, changes)
    return answer if content is None else answer | {"content": content_reasons.as_json(content)}


def do_blend(options: argparse.Namespace) -> Answer:
    from recsys.services.models.fit_blend import blend

    run = blend(workspace_of(options), options.run_names, options.run_id, print_share)
    return {"run_id": run.run_id, "weights": run.weights, "metrics": run.metrics, "parts": [*map(vars, run.parts)]}


def do_runs(options: argparse.Namespace) -> Answer:
    from recsys.services.models.leaderboard import list_runs

    return {"runs": [vars(summary) for summary in list_runs(workspace_of(options))]}


def do_datasets(options: argparse.Namespace) -> Answer:
    from recsys.services.data.datasets import list_datasets

    return {"datasets": [summary.model_dump() for summary in list_datasets(workspace_of(options))]}


def do_export(options: argparse.Namespace) -> Answer:
    from recsys.services.models.transfer import export_run

    if options.without_data and options.pictures:
        raise SettingError(message("--pictures belong to the dataset, which --without-data leaves out. Choose one."))
    num_files, digest = export_run(
        workspace_of(options), options.run_name, options.file, data=not options.without_data, pictures=options.pictures
    )
    return {"file": str(options.file), "bytes": options.file.stat().st_size, "files": num_files, "sha256": digest}


def do_import_run(options: argparse.Namespace) -> Answer:
    from recsys.services.models.transfer import import_run

    return {"run_id": import_run(workspace_of(options), options.file)}


def do_delete(options: argparse.Namespace) -> Answer:
    from recsys.services.data.datasets import delete_dataset
    from recsys.services.models.leaderboard import delete_run

    workspace = workspace_of(options)
    if any(options.id == summary.dataset_id for summary in workspace.datasets.list()):
        return {"deleted": options.id, "runs": delete_dataset(workspace, options.id)}
    delete_run(workspace, options.id)
    return {"deleted": options.id, "runs": []}
