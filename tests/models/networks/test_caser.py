import numpy as np
import torch

from recsys.data.interactions import PAD
from recsys.models.base import Shape
from recsys.models.inputs.traits import Feature
from tests.worlds.small_models import build_model

WINDOW = 3
HISTORY = [4, 1, 7, 2]


def model_and_rows(history, shape=None):
    """A random Caser and the scaled embeddings of a history, as plain numbers."""
    model = build_model("caser", shape or Shape(2, 9), filter_window=WINDOW).eval()
    rows = model.embed(torch.tensor(history)).detach().double().numpy() * np.sqrt(16)
    return model, rows


def paper_features(model, rows):
    """Tang & Wang (2018), equations 3 to 8, loop by loop, for the last `WINDOW` rows, zeros before the first."""
    width = rows.shape[1]
    image = np.concatenate([np.zeros((WINDOW, width)), rows])[-WINDOW:]
    found = []
    for height, filters in enumerate(model.horizontal, start=1):
        weight, bias = filters.weight.detach().double().numpy(), filters.bias.detach().double().numpy()
        for number in range(len(weight)):
            hits = []
            for top in range(WINDOW - height + 1):
                total = bias[number]
                for row in range(height):
                    for column in range(width):
                        total += weight[number, column, row] * image[top + row, column]
                hits.append(max(0.0, total))
            found.append(max(hits))
    vertical = model.vertical.weight.detach().double().numpy()[:, 0]
    for number in range(len(vertical)):
        for column in range(width):
            found.append(sum(vertical[number, row] * image[row, column] for row in range(WINDOW)))
    return np.array(found)


def test_the_convolutions_are_those_of_the_paper_at_every_position():
    model, rows = model_and_rows(HISTORY)
    x = torch.tensor(rows, dtype=torch.float32)[None]
    found = model.filtered(x)[0].detach().numpy()
    for place in range(len(HISTORY)):
        np.testing.assert_allclose(found[place], paper_features(model, rows[: place + 1]), atol=1e-5)


def dense(layer, x):
    return layer.weight.detach().double().numpy() @ x + layer.bias.detach().double().numpy()


def test_the_user_vector_stands_once_beside_the_filters_and_the_long_term_taste():
    """Tang & Wang (2018), equation 10; the history is shorter than the window, the user vector is no row of it."""
    history = HISTORY[: WINDOW - 1]
    model, rows = model_and_rows(history, Shape(2, 9, user_features=(Feature("age", np.array([0, 1, 2]), "?ab"),)))
    user = model.user_embedding(torch.tensor([2]))[0].detach().double().numpy() * np.sqrt(16)
    short = np.maximum(0, dense(model.short_term, paper_features(model, rows)))
    long = rows.sum(0) / np.sqrt(len(rows))
    found = model.encode(*model.inputs(torch.tensor([history]), torch.tensor([2])))[0, -1].detach().numpy()
    np.testing.assert_allclose(found, dense(model.out, np.concatenate([short, long, user])), atol=1e-4)


def test_a_position_joins_the_filters_with_the_long_term_taste():
    model, rows = model_and_rows(HISTORY)
    short = np.maximum(0, dense(model.short_term, paper_features(model, rows)))
    long = rows.sum(0) / np.sqrt(len(rows))
    items = torch.tensor([HISTORY])
    found = model.encode(model.embed(items), items != PAD)[0, -1].detach().numpy()
    np.testing.assert_allclose(found, dense(model.out, np.concatenate([short, long])), atol=1e-4)
