"""Which method Explain opens with, and why, in words."""

from __future__ import annotations

from recsys.explain import METHODS
from recsys.messages import Message, message
from recsys.runs.trust_record import Figure, MethodTrust, Trust
from recsys.services.models import trust
from recsys.ui.shell.text import plain


def label(method: str) -> str:
    return METHODS[method].label if method in METHODS else method


def span(figure: Figure) -> tuple[float, float]:
    return figure.interval or (figure.mean, figure.mean)


def verdict(measured: Trust) -> Message:
    """Which method is shown first and why, and how faithful attention is; for Markdown."""
    by_name = {method.method: method for method in measured.methods}
    usual = by_name[measured.usual]
    sentences = [_choice(usual, measured.methods[0])]
    best = max(measured.methods, key=lambda method: method.gain.mean)
    if best.seconds > trust.QUICK and best is not usual:
        sentences.append(
            message("The most faithful method is {method} ({gain:+.3f}), at {seconds:.1f} s per explanation: choose it under "
                    "Method.", method=plain(label(best.method)), gain=best.gain.mean, seconds=best.seconds)
        )  # fmt: skip
    for name in ("attention", "attention_rollout"):
        if name in by_name:
            sentences.append(_beside_random(by_name[name]))
    return message(" ").join(sentences)


def _choice(usual: MethodTrust, exact: MethodTrust) -> Message:
    """The method that Explain opens with, and why."""
    if usual is exact:
        text = message(
            "Explain opens with **{method}**: insertion is {gain:+.3f} above deletion (random orders 0). It is exact, and no "
            "other method that takes under {quick:g} s was significantly better."
        )
        return text.format(method=plain(label(usual.method)), gain=usual.gain.mean, quick=trust.QUICK)
    assert usual.beyond_exact is not None
    low, high = span(usual.beyond_exact)
    text = message(
        "Explain opens with **{method}**: insertion is {gain:+.3f} above deletion (random orders 0), {more:+.3f} more than "
        "{exact} (95% interval {low:+.3f} to {high:+.3f})."
    )
    return text.format(method=plain(label(usual.method)), gain=usual.gain.mean, more=usual.beyond_exact.mean,
                       exact=plain(label(exact.method)), low=low, high=high)  # fmt: skip


def _beside_random(method: MethodTrust) -> Message:
    low, high = span(method.gain)
    if low > 0:
        text = message("{method}: {gain:+.3f} ({low:+.3f} to {high:+.3f}), better than random orders.")
    elif high < 0:
        text = message("{method}: {gain:+.3f} ({low:+.3f} to {high:+.3f}), worse than random orders.")
    else:
        text = message(
            "{method}: {gain:+.3f} ({low:+.3f} to {high:+.3f}), no significant difference from random orders."
        )
    return text.format(method=plain(label(method.method)), gain=method.gain.mean, low=low, high=high)
