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
        "Pseudonyms do not make people anonymous: their events identify them. In the Netflix Prize data, 8 ratings with dates "
        "known to within 14 days identify 99% of the subscribers, even if 2 are wrong (Narayanan and Shmatikov 2008)."
    )


def epsilon_note(epsilon: float, delta: float) -> Message:
    """What a privacy budget means, as a bound on odds: e^ε by the definition of differential privacy (Dwork et al. 2006)."""
    odds = math.exp(min(epsilon, 700.0))
    factor = f"{odds:.1f}" if odds < 10 else f"{odds:,.0f}" if odds < PLAIN_BELOW else f"{odds:.0e}"
    return message(
        "Privacy budget ε = {epsilon:.3g} per user: seeing the weights changes the odds that a person's events were in the "
        "training by at most a factor of e^ε = {factor}, except with probability δ = {delta:.1g}. Smaller is more private.",
        epsilon=epsilon,
        factor=factor,
        delta=delta,
    )


def epsilon_limits() -> Message:
    """What a privacy budget does not count."""
    return message(
        "The budget covers the weights of one training. Every further training on the same people costs its budget on top, so "
        "tuning costs, too. Ranks, lists and explanations stored with a run are about the people and are not protected."
    )


def federated_note() -> Message:
    """What federated training protects."""
    return message(
        "In federated training events stay with their clients, and the server receives updates of the weights. Updates can "
        "still reveal events. Secure aggregation hides single updates; only noise with a privacy budget bounds what the "
        "weights reveal."
    )
