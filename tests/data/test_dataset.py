import pytest

from recsys.data.dataset import display_title


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Matrix, The (1999)", "The Matrix (1999)"),
        ("Hard Day's Night, A (1964)", "A Hard Day's Night (1964)"),
        ("Avventura, L' (1960)", "L'Avventura (1960)"),
        ("Belle de jour (1967)", "Belle de jour (1967)"),
        ("Good, the Bad and the Ugly, The (1966)", "The Good, the Bad and the Ugly (1966)"),
        ("Lamp, blue", "Lamp, blue"),
        ("Theatre, Them", "Theatre, Them"),
        ("", ""),
    ],
)
def test_an_article_stands_in_front_when_shown(stored: str, shown: str) -> None:
    assert display_title(stored) == shown
