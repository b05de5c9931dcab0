"""What a running stack tells about itself: .run/stack.json."""

from dataclasses import asdict, dataclass

from scripts.stack import private_file
from scripts.stack.places import Places


@dataclass(frozen=True, slots=True)
class Card:
    """Addresses and secrets of a running stack; the file is for its owner only. ``twin_url`` is empty where real vendors are asked."""

    web_url: str
    flower_url: str
    flower_basic_auth: str
    database_url: str
    redis_url: str
    api_key: str
    twilio_account_sid: str
    twilio_auth_token: str
    public_base_url: str
    deepgram_callback_url: str
    twin_url: str
    pids: dict[str, int]


def write(places: Places, card: Card) -> None:
    """Tell everybody who may know."""
    private_file.write(places.card, asdict(card))


def read(places: Places) -> Card:
    """What the running stack told. Raises KeyError or TypeError if it has not told yet."""
    return Card(**private_file.read(places.card))


def pids(places: Places) -> dict[str, int]:
    """The processes of the running stack by name; none while it is still starting."""
    found = private_file.read(places.card).get("pids", {})
    return dict(found)


def remove(places: Places) -> None:
    """The stack is gone."""
    places.card.unlink(missing_ok=True)
