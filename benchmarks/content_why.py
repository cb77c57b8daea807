"""Recall of planted tastes by content explanations: `python -m benchmarks.content_why`.

Trains on the sample shop with titles, texts, categories and pictures. Takes 100 events caused by a taste for a word
and 100 caused by a taste for a look, of users who had met that taste KNOWN times before. Measured: whether the word of
the taste is the top token, and whether the drawn object holds most of the positive mass of the picture map.

A reason can be found only if the model has learnt it. So each case is explained with three states: the `user`'s; one
that is `wanting` only that taste (the mean of the tower's vectors of the other items that meet it), which tests tower
and method alone; and a `random` one, which shows the score where there is nothing to find. `uses_taste` measures how
far the trained model follows tastes: how often that part of the score, minus its mean over users, is higher for an
unseen item that meets the user's taste than for one that does not (chance .5).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.explain import Situation
from recsys.explain.questions import content
from recsys.models.base import Recommender, SequenceModel
from recsys.models.inputs.content_embedding import ContentEmbedding
from recsys.models.inputs.item_content import PICTURE
from recsys.sequences.batches import left_pad
from recsys.services.data.datasets import SAMPLES, import_sample
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.training.config import TrainingOptions

CASES, KNOWN, SEED = 100, 3, 1
INK = 40  # max minus min of red, green and blue: above it for coloured parts of the product, below for its ground
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, eq=False)
class Case:
    """`taste` is the word or look that `item` met; `alike` are the other items known to meet it."""

    situation: Situation
    taste: str
    alike: np.ndarray


State = Callable[[str, Case], Tensor | None]  # of a part and a case; None for the user's state


def cases(run: OpenRun, cause: str, seed: int) -> list[Case]:
    """Events caused by a taste that the user had met at least KNOWN times; the history ends before them."""
    log = run.dataset.interactions
    rows = pd.read_csv(SAMPLES / "causes.csv").query("cause == @cause").sort_values(["user_id", "timestamp"])
    rows["before"] = rows.groupby("user_id").cumcount()
    meeting = rows.groupby("detail")["item_id"].unique()
    eligible = rows[rows["before"] >= KNOWN]
    drawn_rows = eligible.sample(CASES, random_state=seed)[["user_id", "item_id", "detail"]].astype(str)
    results = []
    for user_id, item_id, detail in drawn_rows.to_numpy().tolist():
        user, item = log.user_index[user_id], log.item_index[item_id]
        history = log.history(user)
        before = history[: int(np.flatnonzero(history == item)[0])]
        alike = np.array([log.item_index[other] for other in meeting[detail] if other != item_id])
        ratings = log.ratings_by(user, before)
        situation = Situation.of(run.model, before, item, run.candidates, user=user, ratings=ratings)
        results.append(Case(situation, detail, alike))
    return results


def top_tokens(embedding: ContentEmbedding, taste_cases: list[Case], method: str, state: State) -> float:
    """Share of cases whose highest token is in the word of the taste."""
    hits = []
    for case in taste_cases:
        values = content.token_values(case.situation, method, state("text", case))
        best = max(values, key=lambda token_value: token_value.value).token
        hits.append(any(a <= best.start and best.end <= b for a, b in word_spans(embedding, case)))
    return float(np.mean(hits))


def word_spans(embedding: ContentEmbedding, case: Case) -> list[tuple[int, int]]:
    text, word = embedding.content.texts[case.situation.item], case.taste
    return [(at, at + len(word)) for at in range(len(text)) if text.startswith(word, at)]


def token_chance(embedding: ContentEmbedding, taste_cases: list[Case]) -> float:
    """Share of an item's tokens that are in the word: the hit rate of a random token."""
    shares = []
    for case in taste_cases:
        tokens = content.tokenise(embedding.content.texts[case.situation.item])
        spans = word_spans(embedding, case)
        shares.append(np.mean([any(a <= t.start and t.end <= b for a, b in spans) for t in tokens]))
    return float(np.mean(shares))


def drawn(embedding: ContentEmbedding, case: Case) -> np.ndarray:
    """[S, S] bool: coloured pixels of the product."""
    picture = embedding.content.picture(case.situation.item)
    assert picture is not None, "the sample has a picture of every item"
    return (picture.max(0).astype(int) - picture.min(0)) > INK


def mass_on_object(embedding: ContentEmbedding, taste_cases: list[Case], method: str, state: State) -> dict[str, float]:
    """`most`: share of cases with over half of the positive mass on the object; `mass`: its mean share."""
    shares = []
    for case in taste_cases:
        map_SS = content.picture_map(case.situation, method, state(PICTURE, case))
        assert map_SS is not None
        positive_SS = np.maximum(map_SS, 0)
        shares.append(float((positive_SS * drawn(embedding, case)).sum() / max(positive_SS.sum(), 1e-12)))
    return {"most": float(np.mean(np.array(shares) > 0.5)), "mass": float(np.mean(shares))}


@torch.no_grad()
def wanted_state(part: str, case: Case) -> Tensor:
    """[D] state that scores an item by the product of its tower vector with the mean of the items alike."""
    embedding = embedding_of(case.situation.model)
    wanted_C = embedding.get_buffer(f"{part}_vectors")[torch.from_numpy(case.alike)].mean(0)
    return torch.linalg.lstsq(embedding.projections[part].weight.T, wanted_C[:, None]).solution[:, 0]


def random_state(part: str, case: Case) -> Tensor:
    """[D] random state without a preference, the same for the same item."""
    width = embedding_of(case.situation.model).own.embedding_dim
    return torch.randn(width, generator=torch.Generator().manual_seed(case.situation.item))


STATES: dict[str, State] = {"user": lambda part, case: None, "wanting": wanted_state, "random": random_state}


def embedding_of(model: Recommender) -> ContentEmbedding:
    assert isinstance(model, SequenceModel) and isinstance(model.item_embedding, ContentEmbedding)
    return model.item_embedding


@torch.no_grad()
def uses_taste(run: OpenRun, part: str, taste_cases: list[Case]) -> float:
    model = run.model
    assert isinstance(model, SequenceModel)
    items_BL = left_pad([case.situation.history for case in taste_cases], model.window)
    states_BD = model.encode(model.embed(items_BL), items_BL != 0)[:, -1]
    scores_BN = states_BD @ embedding_of(model).parts()[part].T
    centred_BN = (scores_BN - scores_BN.mean(0)).numpy()
    wins = []
    for case, centred_N in zip(taste_cases, centred_BN, strict=True):
        meets = np.zeros(len(centred_N), dtype=bool)
        meets[[*case.alike, case.situation.item]] = True
        unseen = case.situation.allowed_N
        matching, others = centred_N[unseen & meets], centred_N[unseen & ~meets]
        wins.append((matching[:, None] > others).mean())
    return float(np.mean(wins))


def measure(run: OpenRun, seed: int) -> dict[str, Any]:
    embedding = embedding_of(run.model)
    worded, looked = cases(run, "text", seed), cases(run, PICTURE, seed)
    text: dict[str, Any] = {"cases": len(worded), "uses_taste": uses_taste(run, "text", worded)}
    text["chance"] = token_chance(embedding, worded)
    for method in content.TOKEN_METHODS:
        text[method] = {name: top_tokens(embedding, worded, method, state) for name, state in STATES.items()}
    look: dict[str, Any] = {"cases": len(looked), "uses_taste": uses_taste(run, PICTURE, looked)}
    look["chance"] = float(np.mean([drawn(embedding, case).mean() for case in looked]))
    for method in content.PICTURE_METHODS:
        look[method] = {name: mass_on_object(embedding, looked, method, state) for name, state in STATES.items()}
    top_10 = float(np.mean([case.situation.rank <= 10 for case in worded + looked]))
    return {"top_10": top_10, "text": text, "picture": look}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--model", default="gru4rec")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--workspace", default=".recscope")
    parser.add_argument("--run", help="a run on the sample with text and pictures, in place of training one")
    parser.add_argument("--seed", type=int, default=SEED, help="of the draw of cases")
    options = parser.parse_args()
    workspace = open_workspace(options.workspace)
    what = f"--run {options.run}" if options.run else f"--model {options.model} --epochs {options.epochs}"
    origin = provenance(f"python -m benchmarks.content_why {what} --seed {options.seed}", seed=options.seed)
    run_id = options.run
    if run_id is None:
        settings = {"epochs": options.epochs, "content": "title, text, category, picture"}
        request = TrainRequest(
            import_sample(workspace).dataset_id, options.model, settings=settings, options=TrainingOptions(threads=1),
            run_id=f"content-{options.model}-{options.epochs}",
        )  # fmt: skip
        run_id = train(workspace, request).run_id
    run, began = open_run(workspace, run_id), time.monotonic()
    about = {
        "model": run.config.model, "epochs": run.record.epochs, "train_seconds": run.record.seconds,
        "ndcg@10": (run.record.metrics or {}).get("ndcg@10"), "dataset_id": run.dataset.dataset_id,
    }  # fmt: skip
    result = measure(run, options.seed) | {"seconds": time.monotonic() - began}
    print(about, result, flush=True)
    write_json(RESULTS / "content-why.json", {**origin, **about, **result})


if __name__ == "__main__":
    main()
