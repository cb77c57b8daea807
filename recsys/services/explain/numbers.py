"""Numbers of explanations as text: effects with a sign, log-odds as a chance."""

from __future__ import annotations

import math

MINUS = "\u2212"  # as wide as "+", and the sign of plotly's axes


def number(value: float, form: str = ".2f") -> str:
    """Format with a minus sign instead of a hyphen, and without a sign where it rounds to zero.

    >>> number(-7.183), number(-0.001)
    ('−7.18', '0.00')
    """
    text = format(value, form)
    return text.lstrip("+-") if not text.strip("+-0.") else text.replace("-", MINUS)


def effect(value: float) -> str:
    """Format an effect with its sign: two decimals, and from 0.1 down two digits.

    >>> effect(-9.183), effect(2.927), effect(0.0133), effect(0.00002)
    ('−9.18', '+2.93', '+0.013', '0')
    """
    if abs(value) < 1e-4:
        return "0"
    return number(value, "+.2f" if abs(value) >= 0.1 else "+.2g")


def chance(log_odds: float) -> str:
    """Format log-odds as a probability in percent.

    >>> chance(-0.083), chance(-6.30), chance(-7.18), chance(9.0), chance(-20.0)
    ('48%', '0.18%', '0.076%', '>99.9%', '<0.001%')
    """
    percent = 100 / (1 + math.exp(-log_odds)) if log_odds > -700 else 0.0
    if percent > 99.9 or percent < 0.001:
        return ">99.9%" if percent > 99.9 else "<0.001%"
    if percent >= 10:
        return f"{percent:.1f}%" if percent >= 99.5 else f"{percent:.0f}%"
    return f"{percent:.2g}%"
