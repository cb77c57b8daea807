"""Privacy in words: what pseudonyms, a privacy budget and federated training protect, and what they do not.

Short sentences for pages, reports and exports; the only place for them. Unit of privacy is a user: all events of a person.
"""

from __future__ import annotations

import math

from recsys.messages import Message, message

PLAIN_BELOW = 1e6  # odds that are written in full


def pseudonym_note() -> Message:
    """What replacing names by pseudonyms does not do; figure of Narayanan and Shmatikov (2008), IEEE S&P, section 5."""
    return message(
        "Pseudonyms do not make people anonymous: their events identify them. In the Netflix Prize data, 8 ratings (2 of them "
        "wrong) with dates up to 14 days off single out 99% of the records (Narayanan and Shmatikov 2008)."
    )


def epsilon_note(epsilon: float, delta: float) -> Message:
    """What a privacy budget means, as a bound on odds: e^ε by the definition of differential privacy (Dwork et al. 2006)."""
    odds = math.exp(min(epsilon, 700.0))
    if odds < 10:
        factor = message("{odds:.1f}", odds=odds)
    elif odds < PLAIN_BELOW:
        factor = message("{odds:,.0f}", odds=odds)
    else:
        factor = message("{odds:.0e}", odds=odds)
    return message(
        "Privacy budget ε = {epsilon:.3g} per user: seeing the weights changes the odds that a person's events were in the "
        "training at most {factor}-fold, but for a probability of δ = {delta:.1g}. Smaller is more private.",
        epsilon=epsilon,
        factor=factor,
        delta=delta,
    )


def epsilon_limits() -> Message:
    """What a privacy budget does not count."""
    return message(
        "The budget is for the weights of this one training. Each further training on the same people, such as tuning, costs "
        "as much again. Ranks, lists and explanations are of the people themselves and are not protected."
    )


def federated_note() -> Message:
    """What federated training protects."""
    return message(
        "Federated training keeps events with their clients; the server gets updates of the weights. Updates and weights can "
        "still give events away: secure sums hide single updates, and only noise with a privacy budget bounds what the "
        "weights reveal."
    )
