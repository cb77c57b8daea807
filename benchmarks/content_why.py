"""Does what explains an item by its content find the planted taste? `python -m benchmarks.content_why`.

Trains on the sample shop with titles, texts, categories and pictures, and takes 100 events that came from a taste for
a word and 100 that came from a taste for a look, the user having met that taste KNOWN times before: is the word that
carries it the top token, and does the drawn object hold most of what speaks for the item on the map of the picture?

A reason can only be found where the model has learnt it. So the same is asked with the state of a user who wants just
that taste (the mean of what the towers say of the other items that meet it), and `uses_taste` tells how far the
trained model follows tastes at all: how often it gives more to an unseen item that meets the user's taste than to one
that does not (0.5 is chance), from that part of the score, against what it gives them on average over users.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.explain import Situation, content
from recsys.models.base import SequenceModel
from recsys.models.items import ContentEmbedding
from recsys.sequences.batches import left_pad
from recsys.services.datasets import SAMPLES, import_sample
from recsys.services.opening import OpenRun, open_run
from recsys.services.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.training.config import TrainingOptions

CASES, KNOWN, SEED = 100, 3, 1
INK = 40  # largest less smallest of red, green and blue: the drawn object; ground, speckles and shadow stay below
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, eq=False)
class Case:
    """`taste` is the word or look that `item` met; `alike` are the other items known to meet it."""

    situation: Situation
    taste: str
    alike: np.ndarray


def cases(run: OpenRun, cause: str, seed: int) -> list[Case]:
    """Events whose cause is a taste that the user had met at least KNOWN times before; the history ends before them."""
    log = run.dataset.interactions
    rows = pd.read_csv(SAMPLES / "causes.csv").query("cause == @cause").sort_values(["user_id", "timestamp"])
    rows["before"] = rows.groupby("user_id").cumcount()
    meeting = rows.groupby("detail")["item_id"].unique()
    known = rows[rows["before"] >= KNOWN]
    found = []
    for row in known.sample(CASES, random_state=seed).itertuples():
        user, item = log.user_index[row.user_id], log.item_index[row.item_id]
        history = log.history(user)
        before = history[: int(np.flatnonzero(history == item)[0])]
        alike = np.array([log.item_index[other] for other in meeting[row.detail] if other != row.item_id])
        found.append(Case(Situation.of(run.model, before, item, run.candidates, user=user), row.detail, alike))
    return found


def top_tokens(embedding: ContentEmbedding, found: list[Case], method: str) -> float:
    """Share of cases whose highest token stands in the word of the taste."""
    hits = []
    for case in found:
        values = content.token_values(case.situation, method)
        best = max(values, key=lambda one: one.value).token
        hits.append(any(a <= best.start and best.end <= b for a, b in word_places(embedding, case)))
    return float(np.mean(hits))


def word_places(embedding: ContentEmbedding, case: Case) -> list[tuple[int, int]]:
    text, word = embedding.content.texts[case.situation.item], case.taste
    return [(at, at + len(word)) for at in range(len(text)) if text.startswith(word, at)]


def token_chance(embedding: ContentEmbedding, found: list[Case]) -> float:
    """Share of an item's tokens that stand in the word: what a token picked at random would hit."""
    shares = []
    for case in found:
        tokens = content.tokenise(embedding.content.texts[case.situation.item])
        places = word_places(embedding, case)
        shares.append(np.mean([any(a <= t.start and t.end <= b for a, b in places) for t in tokens]))
    return float(np.mean(shares))


def drawn(embedding: ContentEmbedding, case: Case) -> np.ndarray:
    """[S, S] bool: where the object is."""
    picture = embedding.content.picture(case.situation.item)
    assert picture is not None, "the sample has a picture of every item"
    return (picture.max(0).astype(int) - picture.min(0)) > INK


def mass_on_object(embedding: ContentEmbedding, found: list[Case], method: str) -> dict[str, float]:
    """`most`: share of cases with over half of the positive mass on the object; `mass`: its mean share."""
    shares = []
    for case in found:
        places_SS = content.picture_map(case.situation, method)
        assert places_SS is not None
        positive_SS = np.maximum(places_SS, 0)
        shares.append(float((positive_SS * drawn(embedding, case)).sum() / max(positive_SS.sum(), 1e-12)))
    return {"most": float(np.mean(np.array(shares) > 0.5)), "mass": float(np.mean(shares))}


def wanting(part: str, found: list[Case], ask: Callable[[list[Case]], Any]) -> list[Any]:
    """`ask` of each case alone, the user state being one that wants just the taste, as far as this part can tell."""
    answers = []
    for case in found:
        with wanted_state(part, case):
            answers.append(ask([case]))
    return answers


def wanted_state(part: str, case: Case) -> AbstractContextManager[object]:
    embedding = case.situation.model.item_embedding
    assert isinstance(embedding, ContentEmbedding)
    with torch.no_grad():
        wanted_C = embedding.get_buffer(f"{part}_vectors")[torch.from_numpy(case.alike)].mean(0)

    def score_of(_: ContentEmbedding, name: str, __: Tensor) -> Callable[[Tensor], Tensor]:
        return lambda inputs: embedding.towers[name](inputs) @ wanted_C

    return patch.object(content, "_score_of", score_of)


@torch.no_grad()
def uses_taste(run: OpenRun, part: str, found: list[Case]) -> float:
    model = run.model
    assert isinstance(model, SequenceModel) and isinstance(model.item_embedding, ContentEmbedding)
    items_BL = left_pad([case.situation.history for case in found], model.window)
    states_BD = model.encode(model.embed(items_BL), items_BL != 0)[:, -1]
    given_BN = states_BD @ model.item_embedding.parts()[part].T
    given_BN = (given_BN - given_BN.mean(0)).numpy()
    wins = []
    for case, given_N in zip(found, given_BN, strict=True):
        meets = np.zeros(len(given_N), dtype=bool)
        meets[[*case.alike, case.situation.item]] = True
        unseen = case.situation.allowed_N
        yes, no = given_N[unseen & meets], given_N[unseen & ~meets]
        wins.append((yes[:, None] > no).mean())
    return float(np.mean(wins))


def measure(run: OpenRun, seed: int) -> dict[str, Any]:
    model = run.model
    assert isinstance(model, SequenceModel) and isinstance(model.item_embedding, ContentEmbedding)
    embedding = model.item_embedding
    worded, looked = cases(run, "text", seed), cases(run, "picture", seed)
    text: dict[str, Any] = {"cases": len(worded), "uses_taste": uses_taste(run, "text", worded)}
    text["chance"] = token_chance(embedding, worded)
    for method in content.TOKEN_METHODS:
        wanted = wanting("text", worded, lambda one, method=method: top_tokens(embedding, one, method))
        text[method] = {"top": top_tokens(embedding, worded, method), "top_where_wanted": float(np.mean(wanted))}
    look: dict[str, Any] = {"cases": len(looked), "uses_taste": uses_taste(run, "picture", looked)}
    look["chance"] = float(np.mean([drawn(embedding, case).mean() for case in looked]))
    for method in content.PICTURE_METHODS:
        wanted = wanting("picture", looked, lambda one, method=method: mass_on_object(embedding, one, method))
        means = {f"{name}_where_wanted": float(np.mean([one[name] for one in wanted])) for name in ("most", "mass")}
        look[method] = {**mass_on_object(embedding, looked, method), **means}
    return {
        "top_10": float(np.mean([case.situation.rank <= 10 for case in worded + looked])),
        "text": text,
        "picture": look,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="gru4rec")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--workspace", default=".recscope")
    parser.add_argument("--run", help="a run on the sample with text and pictures, in place of training one")
    parser.add_argument("--seed", type=int, default=SEED, help="of the draw of cases")
    options = parser.parse_args()
    workspace = open_workspace(options.workspace)
    told = provenance(
        f"python -m benchmarks.content_why --model {options.model} --epochs {options.epochs}", seed=options.seed
    )
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
    found = measure(run, options.seed) | {"seconds": time.monotonic() - began}
    print(about, found, flush=True)
    write_json(RESULTS / "content-why.json", {**told, **about, **found})


if __name__ == "__main__":
    main()
