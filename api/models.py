"""/v1/models: who can be asked for words, and when they are."""

from collections.abc import Mapping

import settings
from api.smorest import Blueprint
from api.turn_schemas import ModelsV1
from domain.access import Scope
from settings import OpenAISettings

models = Blueprint("models", __name__, url_prefix="/v1/models", description="Who writes and who understands")


@models.get("")
@models.allows(Scope.VIEWER)
@models.response(200, ModelsV1)
def get_models() -> Mapping[str, object]:
    """The cheap and the critical model, the one for live calls if there is one, and the offline engine, which is always there."""
    openai = settings.current().openai
    return {"items": [*_language_models(openai), _model("local", "local", "offline", is_asked=not openai.api_key)]}


def _language_models(openai: OpenAISettings) -> list[Mapping[str, object]]:
    asked = bool(openai.api_key)
    found = [
        _model(openai.model_cheap, "openai", "cheap", is_asked=asked, live=openai.model_live is None),
        _model(openai.model_critical, "openai", "critical", is_asked=asked, live=True),
    ]
    return [*found, _model(openai.model_live, "openai", "live", is_asked=asked, live=True)] if openai.model_live else found


def _model(name: str, provider: str, tier: str, *, is_asked: bool, live: bool = True) -> Mapping[str, object]:
    policy = {"critical": tier in {"critical", "offline"}, "live": live, "temperature": provider == "openai"}
    return {"id": name, "provider": provider, "tier": tier, "is_asked": is_asked, "policy": policy}
