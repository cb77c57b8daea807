"""What federated training refuses: models without local steps, and inputs that are learnt in one place."""

from __future__ import annotations

from recsys.errors import SettingError
from recsys.messages import message
from recsys.models import MODELS
from recsys.models.base import FittedModel
from recsys.models.config import ModelConfig
from recsys.training.config import TrainingOptions
from recsys.training.federated.secure_sum import MIN_CLIENTS
from recsys.training.privacy_config import FederatedOptions, PrivacyOptions


def check_federated(model: str, settings: ModelConfig, options: TrainingOptions, num_users: int) -> None:
    """Raise SettingError, naming the field, for a federated training that cannot be."""
    federated = options.federated
    assert federated is not None
    if issubclass(MODELS[model], FittedModel):
        text = message(
            "{model} is fitted in one pass over all events, so it cannot be trained federated. Choose a model that is trained "
            "in epochs, such as {models}."
        )
        raise SettingError(text.format(model=MODELS[model].title, models="mlp, gru4rec, sasrec"), column="model")
    if settings.content_columns:
        text = message(
            "content = {content}: the vectors of item content are learnt from all users' events in one place. Leave content "
            "empty to train federated."
        )
        raise SettingError(text.format(content=", ".join(settings.content_columns)), column="content")
    if options.privacy is not None and options.privacy.rate != PrivacyOptions.model_fields["rate"].default:
        text = message(
            "rate = {rate:g}: in federated training the share in a step is that of the clients in a round. Set "
            "clients_per_round, and leave rate out.",
            rate=options.privacy.rate,
        )
        raise SettingError(text, column="rate")
    _check_clients(federated, num_users)


def _check_clients(federated: FederatedOptions, num_users: int) -> None:
    num_clients = -(-num_users // federated.users_per_client)
    invited = max(1, round(federated.clients_per_round * num_clients))
    if federated.secure and invited < MIN_CLIENTS:
        text = message(
            "A round would invite {invited} of {clients:,} clients; a secure sum needs at least {least}. Raise "
            "clients_per_round or lower users_per_client.",
            invited=invited,
            clients=num_clients,
            least=MIN_CLIENTS,
        )
        raise SettingError(text, column="clients_per_round")
