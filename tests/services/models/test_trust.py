"""Trust: every method over a sample of users, the most faithful one, and the check with a network of random weights."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from recsys.__main__ import main
from recsys.errors import RunError, SettingError
from recsys.explain import methods_for
from recsys.models.inputs.content_embedding import content_embedding
from recsys.runs.trust_record import TRUST, Trust, load_trust
from recsys.services.models import trust
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.shops import import_shop, train_small

pytestmark = pytest.mark.usefixtures("few_orders")
MODELS = ("gru4rec", "ease", "mlp", "popularity", "sasrec")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, OpenRun]:
    folder = tmp_path_factory.mktemp("trust")
    workspace: Workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder, pictures=False)
    found = {model: train_small(workspace, dataset_id, model, model) for model in MODELS}
    return found | {"titles": train_small(workspace, dataset_id, "gru4rec", "titles", content="title")}


@pytest.mark.parametrize("model", ["gru4rec", "ease", "mlp", "sasrec"])
def test_every_method_of_a_model_is_judged_over_the_same_users_and_kept(runs: dict[str, OpenRun], model: str) -> None:
    run, told = runs[model], []
    found = trust.measure(run, 2, lambda share, doing: told.append(share))
    assert [one.method for one in found.methods] == methods_for(run.model)
    assert all(sum(one.verdicts.values()) == found.num_users == 2 for one in found.methods)
    for one in found.methods:
        assert one.gain.mean == pytest.approx(one.undoes.mean + one.rebuilds.mean)
    assert found.usual in methods_for(run.model)
    assert load_trust(run.folder) == found
    assert told == sorted(told) and told[-1] == 1
    for kind in {group.kind for group in found.groups}:
        assert sum(group.num_users for group in found.groups if group.kind == kind) == 2
    assert {"events of the history", "gender", "age", "events of the item"} == {group.kind for group in found.groups}
    assert (found.methods[0].randomised is None) == (model == "ease") == bool(found.why_not_randomised)


def test_the_same_seed_asks_the_same_and_finds_the_same(runs: dict[str, OpenRun]) -> None:
    first, second = (trust.measure(runs["ease"], 2) for _ in range(2))
    aside = {"seconds", "measured"}
    assert [one.model_dump(exclude=aside) for one in first.methods] == [
        one.model_dump(exclude=aside) for one in second.methods
    ]
    assert [one.user for one in trust.sample(runs["ease"], 5, 1)] != [
        one.user for one in trust.sample(runs["ease"], 5, 2)
    ]


def test_who_stops_it_finds_nothing_kept(runs: dict[str, OpenRun]) -> None:
    class Stopped(Exception): ...

    def stop(share: float, doing: str) -> None:
        if share > 0.5:
            raise Stopped

    run = runs["gru4rec"]
    (run.folder.path / TRUST).unlink(missing_ok=True)
    with pytest.raises(Stopped):
        trust.measure(run, 2, stop)
    assert not (run.folder.path / TRUST).exists()


def test_a_stop_keeps_the_users_measured_so_far_unless_more_were_measured_before(runs: dict[str, OpenRun]) -> None:
    run, users_done = runs["ease"], [0]
    (run.folder.path / TRUST).unlink(missing_ok=True)

    def note(done: int, total: int) -> None:
        users_done[0] = done

    def stopped_after(number: int) -> Trust:
        users_done[0] = 0
        return trust.measure(run, 4, should_stop=lambda: users_done[0] >= number, on_user=note)

    two = stopped_after(2)
    assert (two.num_users, two.num_asked, two.stopped) == (2, 4, True)
    assert load_trust(run.folder) == two
    stopped_after(1)
    assert load_trust(run.folder) == two
    with pytest.raises(RunError, match="nothing is kept"):
        stopped_after(0)


def test_a_model_of_the_same_list_for_all_has_nothing_to_be_judged(runs: dict[str, OpenRun]) -> None:
    with pytest.raises(SettingError, match="recommends the same to everyone"):
        trust.measure(runs["popularity"], 5)


@pytest.mark.parametrize("number", [0, trust.MAX_USERS + 1])
def test_the_number_of_users_has_bounds(runs: dict[str, OpenRun], number: int) -> None:
    with pytest.raises(SettingError, match="whole number from 1 to"):
        trust.measure(runs["ease"], number)


def test_the_exact_method_stays_unless_another_is_better_beyond_chance() -> None:
    rng = np.random.default_rng(0)
    exact = rng.normal(0.3, 0.1, 40)
    better, alike, worse = exact + rng.normal(0.2, 0.1, 40), exact + rng.normal(0.001, 0.1, 40), exact - 0.5
    assert trust.most_faithful({"exact": list(exact), "better": list(better), "worse": list(worse)}) == "better"
    assert trust.most_faithful({"exact": list(exact), "alike": list(alike)}) == "exact"
    assert trust.most_faithful({"exact": list(exact - 5), "better": list(exact - 0.6)}) == "exact"  # worse than random
    assert trust.most_faithful({"exact": [0.1], "better": [0.9]}) == "exact"  # one user says nothing


def test_a_network_begun_anew_has_other_weights_and_leaves_chance_as_it_was(runs: dict[str, OpenRun]) -> None:
    state = torch.get_rng_state()
    one, other = (trust.reinitialised(runs["sasrec"]) for _ in range(2))
    assert torch.equal(state, torch.get_rng_state())
    assert one is not None and other is not None and not one.training
    learnt = runs["sasrec"].model.state_dict()
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name])
    assert not all(torch.equal(tensor, learnt[name]) for name, tensor in one.state_dict().items())


def test_the_command_line_measures_trust_and_keeps_it(
    runs: dict[str, OpenRun], capsys: pytest.CaptureFixture[str]
) -> None:
    run = runs["ease"]
    (run.folder.path / TRUST).unlink(missing_ok=True)
    home = str(run.folder.path.parents[1])
    assert main(["evaluate", "ease", "--trust", "2", "--workspace", home, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["trust"]
    kept = load_trust(run.folder)
    assert kept is not None
    assert told["usual"] == kept.usual and told["num_users"] == 2


def test_a_network_of_contents_begun_anew_tells_items_apart(runs: dict[str, OpenRun]) -> None:
    """Without what the towers read every item would be the same, and no answer could be compared."""
    run = runs["titles"]
    stranger = trust.reinitialised(run)
    assert stranger is not None
    content, learnt = content_embedding(stranger), content_embedding(run.model)
    assert content is not None and learnt is not None
    assert torch.equal(content.has_events, learnt.has_events)
    assert not torch.equal(content.text_vectors, learnt.text_vectors)
    one = trust.sample(run, 1, 1)[0]
    assert float(stranger.scores([one.history])[0, 1:].std()) > 0
    assert all(shown.randomised is not None for shown in trust.measure(run, 2).methods)
