"""Comparisons with baselines in words: which ones a model beats, loses to, or does not differ from significantly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.evaluation.significance import PairedDifference
from recsys.messages import NO_TEXT, Message, message


def p_text(p: float, sign: str = "=") -> str:
    """Format a p-value as in papers: "p = .31", "p = .004", "p < .001"."""
    if p < 0.001:
        return "p < .001"
    if p > 0.995:
        return f"p {sign} 1"
    return f"p {sign} {f'{p:.3f}' if p < 0.0995 else f'{p:.2f}'}".replace("0.", ".")


def verdict(title: str, rivals: Mapping[str, PairedDifference], unmeasured: Sequence[str] = ()) -> Message:
    """Summarise the differences of a model to its `rivals` (title -> difference); "" without rivals.

    "Beats every baseline" requires every difference to be significant after Holm's correction. `unmeasured` are titles of
    baselines that are too large for the dataset; they are named.
    """
    if not rivals:
        return NO_TEXT
    beaten = {
        name: difference for name, difference in rivals.items() if difference.is_significant and difference.mean > 0
    }
    lost = {
        name: difference for name, difference in rivals.items() if difference.is_significant and difference.mean < 0
    }
    undecided = {name: difference for name, difference in rivals.items() if name not in beaten and name not in lost}
    if len(beaten) == len(rivals):
        closest = min(beaten, key=lambda name: beaten[name].mean)
        text = message("{model} beats every baseline ({p}). Closest: {baseline} ({gap}).")
        if unmeasured:
            text = message("{model} beats every baseline that was measured ({p}). Closest: {baseline} ({gap}).")
        sentence = text.format(model=title, p=_largest_p(beaten), baseline=closest, gap=gap(beaten[closest]))
        return _naming_unmeasured(sentence, unmeasured)
    parts = []
    if lost:
        names = [
            message("{baseline} ({gap}, {p})", baseline=name, gap=gap(difference), p=p_text(difference.p_holm))
            for name, difference in lost.items()
        ]
        parts.append(message("{model} loses to {baselines}.", model=title, baselines=all_of(names)))
    if undecided:
        names = [
            message("{baseline} ({p})", baseline=name, p=p_text(difference.p_holm))
            for name, difference in undecided.items()
        ]
        text = message("No significant difference between {model} and {baselines}.")
        parts.append(text.format(model=title, baselines=_any_of(names)))
    if beaten:
        text = message("{model} beats {baselines} ({p}).")
        parts.append(text.format(model=title, baselines=all_of(list(beaten)), p=_largest_p(beaten)))
    return _naming_unmeasured(message(" ").join(parts), unmeasured)


def _naming_unmeasured(sentence: Message, unmeasured: Sequence[str]) -> Message:
    """Append the baselines that were not measured, if there are any."""
    if not unmeasured:
        return sentence
    text = message("Not measured, as the catalogue is too large for it: {baselines}.")
    return message(" ").join([sentence, text.format(baselines=all_of(unmeasured))])


def relation(difference: PairedDifference) -> Message:
    """Relation to one rival: "better", "worse" or "no significant difference"."""
    if not difference.is_significant:
        return message("no significant difference")
    return message("better") if difference.mean > 0 else message("worse")


def _largest_p(differences: Mapping[str, PairedDifference]) -> str:
    largest = max(difference.p_holm for difference in differences.values())
    return p_text(largest, "=" if len(differences) == 1 else "≤")


def gap(difference: PairedDifference) -> Message:
    """The mean difference with its interval."""
    return message(
        "{mean:+.3f} {metric}, 95% interval {low:+.3f} to {high:+.3f}",
        mean=difference.mean, metric=metric_label(HEADLINE), low=difference.low, high=difference.high,
    )  # fmt: skip


def all_of(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    if len(names) == 1:
        return names[0]
    return message("{first} and {last}", first=message(", ").join(names[:-1]), last=names[-1])


def _any_of(names: Sequence[str]) -> str:
    """ "A", "A or B", "A, B or C"."""
    if len(names) == 1:
        return names[0]
    return message("{first} or {last}", first=message(", ").join(names[:-1]), last=names[-1])
