"""What kind of business an organization is: it decides which boundaries a reply has that no setting can move."""

from enum import StrEnum


class Vertical(StrEnum):
    """The kinds that there are. Rows of an earlier release may name another; they are read as they stand."""

    GENERAL = "general"
    MEDICAL = "medical"
    DENTAL = "dental"
    MENTAL_HEALTH = "mental_health"
    PHARMACY = "pharmacy"
    VETERINARY = "veterinary"
    LEGAL = "legal"
    BANKING = "banking"
    INSURANCE = "insurance"
    REAL_ESTATE = "real_estate"
    HOME_SERVICES = "home_services"
    AUTOMOTIVE = "automotive"
    RESTAURANT = "restaurant"
    RETAIL = "retail"
    HOSPITALITY = "hospitality"
    TRAVEL = "travel"
    EDUCATION = "education"
    BEAUTY = "beauty"
    TECHNOLOGY = "technology"
    PUBLIC_SERVICE = "public_service"


_MEDICAL = frozenset((Vertical.MEDICAL, Vertical.DENTAL, Vertical.MENTAL_HEALTH, Vertical.PHARMACY, Vertical.VETERINARY))


def is_medical(vertical: str) -> bool:
    """Whether callers may take what is said there for medical advice; any word may be asked about."""
    return vertical in _MEDICAL
