import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
import torch
from captum.attr import InputXGradient

from recsys.explain import explain, methods_for
from recsys.explain.methods.attribution import (
    TOLERANCE,
    gradient_x_input,
    integrated_gradients,
    integrated_gradients_mean,
)
from recsys.explain.methods.path import path_of
from recsys.explain.quantity import values
from recsys.explain.situation import Situation
from recsys.models import MODELS
from recsys.models.base import Shape
from recsys.sequences.candidates import Candidates
from tests.worlds.ring_models import GRADIENT_MODELS, SEQUENCE_MODELS, build, situation, trained

pytestmark = pytest.mark.usefixtures("few_orders")
HISTORY = [4, 9, 2, 7, 12, 5, 8, 3, 14]


def of(explanation):
    return np.array([part.value for part in explanation.contributions])


def peaked(name, num_items=200, length=60):
    """A model with sharp preferences and a long history, as training makes them: embeddings four times as long."""
    torch.manual_seed(3)
    kind = MODELS[name]
    settings = {"max_length": 200} if "max_length" in kind.Config.model_fields else {}
    model = kind(Shape(4, num_items), kind.Config.from_settings(settings=settings)).eval()
    embedding = model.item_embedding if name in SEQUENCE_MODELS else model.embeddings[0]
    embedding.weight.data *= 4
    history = np.random.default_rng(3).permutation(num_items)[:length] + 1
    item = int(np.setdiff1d(np.arange(1, num_items + 1), history)[5])
    return Situation.of(model, history, item, Candidates(np.arange(num_items + 1) > 0, hide_seen=True), user=2)


@pytest.mark.parametrize("name", GRADIENT_MODELS)
def test_integrated_gradients_add_up_for_a_peaked_model_and_a_long_history(name):
    assert integrated_gradients(peaked(name)).completeness_gap < 0.01


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_from_the_average_item_they_add_up_for_a_peaked_model_and_a_long_history_too(name):
    assert integrated_gradients_mean(peaked(name)).completeness_gap < 0.01


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
@pytest.mark.parametrize("method", [integrated_gradients, integrated_gradients_mean])
def test_integrated_gradients_add_up_for_a_trained_model(name, method):
    assert method(situation(trained(name), [5, 6, 7, 8], item=9)).completeness_gap < 0.01


@pytest.mark.parametrize("name", GRADIENT_MODELS)
def test_segments_give_the_integral_that_many_small_steps_give(name):
    asked = situation(build(name), HISTORY)
    path = path_of(asked)
    middles_S = (np.arange(400) + 0.5) / 400  # the midpoint rule in t, where the share of the way is t^3
    points = [x.requires_grad_() for x in path.between(middles_S**3)]
    slopes = torch.autograd.grad(path.quantity(*points).sum(), points)
    weights_S = torch.from_numpy(3 * middles_S**2 / 400).float()
    parts = [
        torch.tensordot(weights_S, (s * (x - b)).sum(-1), dims=1)
        for s, x, b in zip(slopes, path.inputs, path.baselines, strict=True)
    ]
    total = torch.stack(parts).flatten()
    allowed = max(1e-3, TOLERANCE * abs(float(total.sum())))  # to which the segments are refined
    np.testing.assert_allclose(of(integrated_gradients(asked)), total.numpy(), atol=allowed)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_baseline_has_zero_embeddings_under_the_mask_of_the_real_events(name):
    model = build(name)
    asked = situation(model, HISTORY)
    with torch.no_grad():
        hidden = model.encode(torch.zeros(1, 6, 8), torch.ones(1, 6, dtype=torch.bool))
        expected = values(asked, model.project(hidden[:, -1]))
    assert integrated_gradients(asked).baseline == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_other_baseline_has_the_average_item_in_the_place_of_each_event(name):
    model = build(name)
    asked = situation(model, HISTORY)
    with torch.no_grad():
        average = model.item_embedding.weight[1:].mean(0).expand(1, 6, 8)
        hidden = model.encode(average, torch.ones(1, 6, dtype=torch.bool))
        expected = values(asked, model.project(hidden[:, -1]))
    found = integrated_gradients_mean(asked)
    assert found.baseline == pytest.approx(float(expected), abs=1e-5)
    assert found.baseline != pytest.approx(integrated_gradients(asked).baseline, abs=1e-5)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
@pytest.mark.parametrize("method", [integrated_gradients, integrated_gradients_mean, gradient_x_input])
def test_an_empty_history_has_nothing_to_share_out(name, method):
    explanation = method(situation(build(name), []))
    assert explanation.contributions == []
    assert np.isfinite(explanation.value)


def test_gradient_x_input_of_a_linear_model_is_weight_times_input():
    model = build("mlp", num_blocks=0)  # one linear layer on user, age and item, eight numbers each
    weight = model.dense[-1].weight.detach()[0]
    tables = [embedding.weight.detach() for embedding in model.embeddings]
    embedded = [tables[0][1], tables[1][1], tables[2][20]]
    by_hand = [float(weight[8 * i : 8 * i + 8] @ x) for i, x in enumerate(embedded)]
    np.testing.assert_allclose(of(gradient_x_input(situation(model, []))), by_hand, atol=1e-6)


def test_integrated_gradients_of_a_linear_model_is_its_ablation():
    asked = situation(build("mlp", num_blocks=0), [])
    np.testing.assert_allclose(of(integrated_gradients(asked)), of(explain(asked, "ablation")), atol=1e-5)


@pytest.mark.parametrize("name", ["sasrec", "gru4rec", "mlp", "ease"])
def test_two_threads_at_once_get_what_one_gets(name):
    model = build(name)
    asked = [(situation(model, HISTORY), method) for method in methods_for(model)]
    alone = [of(explain(*each)) for each in asked]
    with ThreadPoolExecutor(2) as pool:
        together = [of(explanation) for explanation in pool.map(lambda each: explain(*each), asked * 3)]
    for one, other in zip(alone * 3, together, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("num_models", "have_met"), [(1, False), (2, True)])
def test_one_thread_at_a_time_attributes_with_a_model_and_others_with_another(monkeypatch, num_models, have_met):
    door, met, own = threading.Barrier(2), [], InputXGradient.attribute

    def attribute(self, inputs):
        with suppress(threading.BrokenBarrierError):  # nobody else came in
            met.append(door.wait(timeout=1))
        return own(self, inputs)

    monkeypatch.setattr(InputXGradient, "attribute", attribute)
    models = [build("gru4rec") for _ in range(num_models)]
    asked = [situation(models[place % num_models], HISTORY) for place in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(gradient_x_input, asked))
    assert bool(met) is have_met


@pytest.mark.gpu
@pytest.mark.parametrize("name", GRADIENT_MODELS)
def test_a_gpu_gives_the_same_attributions(name):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    expected = integrated_gradients(situation(build(name), HISTORY))
    found = integrated_gradients(situation(build(name).cuda(), HISTORY))
    np.testing.assert_allclose(of(found), of(expected), atol=1e-3)
    assert torch.backends.cudnn.enabled


@pytest.mark.gpu
@pytest.mark.parametrize("name", MODELS)
def test_every_method_runs_on_a_gpu(name):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    model = build(name)
    for method in methods_for(model):
        expected = of(explain(situation(model.cpu(), HISTORY), method))
        np.testing.assert_allclose(of(explain(situation(model.cuda(), HISTORY), method)), expected, atol=1e-3)
