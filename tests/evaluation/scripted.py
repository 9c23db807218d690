"""A router's language model over a scripted server, and whether every call of it is on the account."""

from collections.abc import Iterable

from services.router_worker.language_models.budgeted import NoBudget
from services.router_worker.language_models.circuit import never_opens
from services.router_worker.language_models.factory import build_language_model
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.protocol import LanguageModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import ModelSettings, RouterSettings
from services.shared.events import ModelCalled
from tests.dialogues.expectations import Observed
from tests.evaluation.measured import Measured
from tests.scripted_models import ScriptedModelServer


def model_at(server: ScriptedModelServer, router: RouterSettings, books: Phrasebooks) -> LanguageModel:
    """As a router with this server has it, but that it is asked on however it fails."""
    models = ModelSettings(
        _env_file=None,
        openai_base_url=server.base_url,
        openai_model="scripted",
        openai_fallback_model=None,
    )
    return build_language_model(models, router, books, NoBudget(), circuit=never_opens)


def calls_told(turns: Iterable[Observed]) -> int:
    """How many calls of a server the events tell."""
    events = (event for turn in turns for event in turn.events)
    return sum(isinstance(event, ModelCalled) and event.model != OfflineModel.name for event in events)


async def on_the_account(of: str, server: ScriptedModelServer, told: int) -> Measured:
    """By how many the calls that were told differ from those that the server has answered, more or fewer."""
    answered = len(await server.journal())
    return Measured(
        of=of,
        what="calls not on the account",
        cases=answered,
        value=abs(answered - told),
        at_most=0,
        unit="",
    )
