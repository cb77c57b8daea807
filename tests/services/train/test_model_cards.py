from pathlib import Path

from recsys.services.train.model_cards import table_markdown

README = Path(__file__).resolve().parents[3] / "README.md"


def test_the_table_in_the_readme_is_made_from_the_models() -> None:
    told = README.read_text().split("## Models\n")[1].split("\n\n")[0]
    assert told == table_markdown(), (
        "replace the table by what recsys.services.train.model_cards.table_markdown() returns"
    )
