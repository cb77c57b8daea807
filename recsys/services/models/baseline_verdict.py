"""Comparisons of models in words: which rivals a model beats, loses to, or does not differ from significantly."""

from __future__ import annotations

from collections.abc import Mapping

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.evaluation.significance import PairedDifference


def p_text(p: float, sign: str = "=") -> str:
    """A p-value as papers print it: "p = .31", "p = .004", "p < .001"."""
    if p < 0.001:
        return "p < .001"
    if p > 0.995:
        return f"p {sign} 1"
    return f"p {sign} {f'{p:.3f}' if p < 0.0995 else f'{p:.2f}'}".replace("0.", ".")


def verdict(title: str, rivals: Mapping[str, PairedDifference]) -> str:
    """One or more sentences about a model and all its `rivals`, by title; "" without any.

    "Beats every baseline" only where each difference is significant after Holm's correction.
    """
    if not rivals:
        return ""
    beaten = {name: one for name, one in rivals.items() if one.is_significant and one.mean > 0}
    lost = {name: one for name, one in rivals.items() if one.is_significant and one.mean < 0}
    open_ = {name: one for name, one in rivals.items() if name not in beaten and name not in lost}
    if len(beaten) == len(rivals):
        closest = min(beaten, key=lambda name: beaten[name].mean)
        return f"{title} beats every baseline ({_largest_p(beaten)}). Closest: {closest} ({_gap(beaten[closest])})."
    parts = []
    if lost:
        names = _listed([f"{name} ({_gap(one)}, {p_text(one.p_holm)})" for name, one in lost.items()], "and")
        parts.append(f"{title} loses to {names}.")
    if open_:
        names = _listed([f"{name} ({p_text(one.p_holm)})" for name, one in open_.items()], "or")
        parts.append(f"No significant difference between {title} and {names}.")
    if beaten:
        parts.append(f"{title} beats {_listed(list(beaten), 'and')} ({_largest_p(beaten)}).")
    return " ".join(parts)


def relation(one: PairedDifference) -> str:
    """How a model compares with one rival, in a word or three."""
    if not one.is_significant:
        return "no significant difference"
    return "better" if one.mean > 0 else "worse"


def _largest_p(found: Mapping[str, PairedDifference]) -> str:
    return p_text(max(one.p_holm for one in found.values()), "=" if len(found) == 1 else "≤")


def _gap(one: PairedDifference) -> str:
    return f"{one.mean:+.3f} {metric_label(HEADLINE)}, 95 % interval {one.low:+.3f} to {one.high:+.3f}"


def _listed(names: list[str], word: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
