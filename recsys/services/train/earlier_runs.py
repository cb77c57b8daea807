"""What earlier runs on a dataset tell about it: estimates of time and memory, and whether the order of events matters."""

from __future__ import annotations

from recsys.messages import Message, message
from recsys.models import MODELS
from recsys.runs.order_record import OrderRecord, load_order
from recsys.services.models.baseline_verdict import p_text
from recsys.services.train.estimate import Estimate
from recsys.services.workspace import Workspace


def order_tests(workspace: Workspace, dataset_id: str) -> list[tuple[str, OrderRecord]]:
    """(title, result) of the shuffle tests of runs on a dataset whose model reads the order, newest run first."""
    tests: list[tuple[str, OrderRecord]] = []
    for folder, config in workspace.runs.configs():
        record = folder.record if config.dataset_id == dataset_id else None
        order = None if record is None else load_order(folder, record)
        if order is not None and order.num_changed:
            tests.append((config.shown_title, order))
    return tests


def order_sentence(tests: list[tuple[str, OrderRecord]]) -> Message | None:
    """What the shuffle tests say, by the one with the best metric in the true order; None without a test."""
    if not tests:
        return None
    title, order = max(tests, key=lambda test: test[1].true)
    text = message(
        "Order does not matter significantly: NDCG@10 of {model} is {true:.3f}, shuffled {shuffled:.3f} ({p})."
    )
    if order.is_significant and order.true > order.shuffled:
        text = message(
            "Order matters: NDCG@10 of {model} falls from {true:.3f} to {shuffled:.3f} when histories are shuffled ({p})."
        )
    return text.format(model=title, true=order.true, shuffled=order.shuffled, p=p_text(order.p))


def stored_estimates(workspace: Workspace, dataset_id: str) -> dict[str, dict[str, Estimate]]:
    """Model -> preset -> the newest estimate that was stored with a run of this preset, unchanged, on the dataset."""
    found: dict[str, dict[str, Estimate]] = {}
    for folder, config in reversed(workspace.runs.configs()):
        is_plain = config.options.privacy is None and config.options.federated is None
        if config.dataset_id != dataset_id or config.model not in MODELS or not is_plain:
            continue
        stored, kind = folder.estimate, MODELS[config.model].Config
        presets = {"balanced", "quick", "thorough", *kind.presets}
        if stored and config.preset in presets and config.settings == kind.from_settings(config.preset).model_dump():
            found.setdefault(config.model, {})[config.preset] = Estimate(**stored)
    return found
