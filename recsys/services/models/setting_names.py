"""Names and values of a model's settings as people know them."""

from __future__ import annotations

from recsys.messages import message

LABELS = {
    "epochs": message("Epochs, at most"),
    "batch_size": message("Batch size (rows)"),
    "learning_rate": message("Learning rate"),
    "patience": message("Patience (epochs)"),
    "embedding_dim": message("Embedding size"),
    "hidden_dim": message("Hidden size"),
    "num_blocks": message("Layers"),
    "num_heads": message("Attention heads"),
    "max_length": message("History length (events)"),
    "dropout": message("Dropout (share)"),
    "filter_window": message("Filter window (events)"),
    "horizontal_filters": message("Horizontal filters per height"),
    "vertical_filters": message("Vertical filters"),
    "negatives": message("Negatives per event"),
    "l2": message("L2 regularisation"),
    "decay": message("Decay per event"),
    "neighbours": message("Neighbours (items)"),
    "shrinkage": message("Shrinkage of the similarity"),
    "half_life": message("Half-life (share of the interactions)"),
    "kernel_size": message("Filter size (events)"),
    "attention_dim": message("Attention size (numbers)"),
    "content": message("What the model sees of an item"),
    "id_dropout": message("ID dropout (share)"),
    "user_features": message("What the model sees of a user"),
    "user_dropout": message("User feature dropout (share)"),
    "ratings": message("Read the ratings of past events"),
    "mask_seen": message("Mask seen items in the loss"),
}
SHORT = {  # in the label of a run, in this order
    "embedding_dim": message("width"),
    "hidden_dim": message("hidden"),
    "num_blocks": message("layers"),
    "num_heads": message("heads"),
    "attention_dim": message("attention"),
    "kernel_size": message("kernel"),
    "filter_window": message("window"),
    "horizontal_filters": message("horizontal"),
    "vertical_filters": message("vertical"),
    "neighbours": message("neighbours"),
    "max_length": message("history"),
    "learning_rate": message("lr"),
    "dropout": message("dropout"),
    "batch_size": message("batch"),
    "negatives": message("negatives"),
    "l2": message("L2"),
    "decay": message("decay"),
    "shrinkage": message("shrinkage"),
    "half_life": message("half-life"),
}
WORDS = {"": message("none"), "on": message("on"), "off": message("off")}
