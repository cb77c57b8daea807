"""docs/EXPLANATIONS.md says what there is: its tables are made from METHODS and MODELS and cannot be out of date."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.explain import METHODS, methods_for
from recsys.explain.methods.registry import why_not
from recsys.models import MODELS
from recsys.models.base import Recommender
from recsys.recommend.blend import Blend
from tests.worlds.ring_models import build, candidates

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "EXPLANATIONS.md"
TESTS = {
    "leave_one_out": "test_leave_one_out.py::test_a_removal_is_what_the_model_says_of_the_shortened_history",
    "ablation": "test_ablation.py::test_a_field_is_removed_by_putting_its_unknown_in_place",
    "links": "test_links.py::test_what_the_events_add_sums_to_the_score_of_every_item",
    "shapley": "test_shapley.py::test_few_events_get_what_every_order_gives_by_hand",
    "feature_ablation": "test_ablation.py::test_an_event_leaves_zeros_in_its_place_under_the_mask_of_the_real_events",
    "integrated_gradients": "test_attribution.py::test_segments_give_the_integral_that_many_small_steps_give",
    "integrated_gradients_mean": "test_attribution.py::test_the_other_baseline_has_the_average_item_in_the_place_of_each_event",
    "gradient_x_input": "test_attribution.py::test_gradient_x_input_of_a_linear_model_is_weight_times_input",
    "attention": "test_attention.py::test_contributions_are_the_last_layer_averaged_over_heads",
    "attention_rollout": "test_attention.py::test_rollout_sums_to_one_and_is_a_method_of_its_own",
}  # the one that says best what the method is; test_properties.py holds every model to every method
KINDS = {
    "removal": "what changes without it",
    "sum": "parts that add up",
    "slope": "slopes, need not add up",
    "look": "weights, no reason",
}


def models() -> dict[str, Recommender]:
    return {name: build(name) for name in MODELS} | {
        "blend": Blend([build("sasrec"), build("ease")], [0.5, 0.5], candidates().scorable)
    }


def tables() -> str:
    lines = ["| method | on screen | its numbers | made with | test |", "|---|---|---|---|---|"]
    for method in METHODS.values():
        by = "own" if method.made_with == "own" else f"captum `{method.made_with}`"
        lines.append(f"| `{method.name}` | {method.label} | {KINDS[method.kind]} | {by} | `{TESTS[method.name]}` |")
    reasons: list[str] = []
    rows = []
    for name, model in models().items():
        has, cells = methods_for(model), []
        for method in METHODS.values():
            if method.name not in has:
                reason = why_not(method, model).replace(f"; {model.title} ", "; this model ")
                if reason not in reasons:
                    reasons.append(reason)
            cells.append("works" if method.name in has else f"no ({reasons.index(reason) + 1})")
        rows.append(f"| `{name}` | {' | '.join(cells)} |")
    lines += [
        "",
        f"| model | {' | '.join(f'`{name}`' for name in METHODS)} |",
        "|---" * (len(METHODS) + 1) + "|",
        *rows,
    ]
    lines += [
        "",
        "Where it says no, the page gives the reason with the name of the model; where nothing works it gives the one reason:",
        "",
    ]
    return "\n".join([*lines, *(f"{number}. {reason}" for number, reason in enumerate(reasons, start=1))])


def test_the_tables_in_the_document_are_made_from_methods_and_models() -> None:
    told = DOCUMENT.read_text().split("## Methods and models\n\n")[1].split("\n\n## ")[0]
    assert told == tables(), "replace what stands under 'Methods and models' by what tables() of this test returns"


@pytest.mark.parametrize("method", METHODS)
def test_the_test_that_is_named_for_a_method_is_there(method: str) -> None:
    file, test = TESTS[method].split("::")
    assert f"def {test}(" in (ROOT / "tests" / "explain" / "methods" / file).read_text()


@pytest.mark.parametrize("method", METHODS)
def test_the_readme_names_every_method(method: str) -> None:
    assert f"| `{method}` |" in (ROOT / "README.md").read_text()
