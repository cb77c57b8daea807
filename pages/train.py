"""Train: which model, which settings, how is it going?"""

from recsys.ui.parts.widgets import chosen_dataset
from recsys.ui.shell import presenter
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import stop
from recsys.ui.train import layout, live

head = layout.head()
if presenter.closed():
    stop()
dataset = chosen_dataset(tr("No dataset to train on yet. Upload one or try the sample."))
watched = live.watched(dataset.dataset_id)
areas = layout.areas(head, watches=watched is not None)
with areas.live:
    live.panel(dataset.dataset_id, watched)

from recsys.ui.train import form, recipe  # import torch: the settings are those of the model classes

recipe.follow_link()
form.form(dataset, areas)
