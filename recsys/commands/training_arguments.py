"""Arguments of the commands that train: model, settings and TrainingOptions."""

from __future__ import annotations

import argparse


def add_training(sub: argparse.ArgumentParser) -> None:
    """Dataset, model, its settings, and the options of any training."""
    sub.add_argument("dataset")
    sub.add_argument("--model", required=True)
    sub.add_argument("--set", nargs="+", action="extend", default=[], metavar="key=value")
    sub.add_argument("--preset", default="balanced")
    sub.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    sub.add_argument("--seed", type=int, default=1)
    sub.add_argument("--threads", type=int)
    sub.add_argument("--cold-share", type=float, default=0.0, metavar="SHARE",
                     help="share of the items held out of training, 0 to 0.5")  # fmt: skip
    sub.add_argument("--held-out-users", type=float, default=0.0, metavar="SHARE",
                     help="share of the users held out entirely, 0 to 0.5, for the attack command")  # fmt: skip
    sub.add_argument("--liked-from", type=float, metavar="RATING",
                     help="learn and evaluate only events rated this or more")  # fmt: skip
    sub.add_argument("--split-by", choices=("leave_one_out", "time"), default="leave_one_out")
    sub.add_argument("--cut", metavar="ISO", help="time of the time split; by default the last tenth is held out")


def add_federated(sub: argparse.ArgumentParser) -> None:
    """Options of federated training; those that are not given have the defaults of FederatedOptions."""
    group = sub.add_argument_group("federated training", "clients train on their events, a server averages the changes")
    group.add_argument("--federated", action="store_true", help="train federated, simulated on this machine")
    options: tuple[tuple[str, str, type, str], ...] = (
        ("--clients-per-round", "clients_per_round", float, "share of the clients that a round invites, .1 by default"),
        ("--users-per-client", "users_per_client", int, "users whose events a client holds, 1 by default"),
        ("--local-epochs", "local_epochs", int, "passes of a client over its events in a round, 1 by default"),
        ("--local-learning-rate", "local_learning_rate", float, "size of a client's steps"),
        ("--server", "server", str, "average (FedAvg) or adam (FedAdam, the default)"),
        ("--dropouts", "dropouts", float, "share of the invited clients that leave before they answer"),
    )
    for option, name, kind, text in options:
        group.add_argument(option, dest=name, type=kind, help=text)
    group.add_argument("--secure", dest="secure", action="store_true", default=None,
                       help="secure aggregation: the server sees only sums")  # fmt: skip


def add_privacy(sub: argparse.ArgumentParser) -> None:
    group = sub.add_argument_group(
        "differential privacy", "noise per user, or per client of federated training, for mlp, gru4rec and sasrec."
    )
    group.add_argument("--epsilon", type=float, help="privacy budget at which training stops; less protects more")
    group.add_argument(
        "--noise", type=float, help="noise of a step, relative to clip; by default computed from epsilon"
    )
    group.add_argument("--delta", type=float, help="chance that the guarantee fails; by default below .1 / users")
    group.add_argument("--clip", type=float, help="norm that the gradient of a user is cut to")
    group.add_argument("--user-rate", type=float, metavar="SHARE", help="share of the users in a step")
