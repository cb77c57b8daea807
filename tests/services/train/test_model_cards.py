from pathlib import Path

from recsys.services.train.model_cards import list_models, table_markdown

README = Path(__file__).resolve().parents[3] / "README.md"


def test_the_table_in_the_readme_is_made_from_the_models() -> None:
    told = README.read_text().split("## Models\n")[1].split("\n\n")[0]
    assert told == table_markdown(), (
        "replace the table by what recsys.services.train.model_cards.table_markdown() returns"
    )


def test_every_model_has_a_line_that_fits_a_card() -> None:
    assert all(0 < len(card.tagline) <= 32 for card in list_models())
