"""What is said when it matters, by rule, in the plain form that ``domain/emergencies/safety_text.py`` makes; a file for each subject."""

from collections.abc import Mapping

from domain.emergencies.safety_phrases import (
    blood,
    breathing,
    children,
    consciousness,
    despair,
    fire,
    heart,
    injury,
    person,
    poison,
    pressing,
    services,
    spanish,
    violence,
)
from domain.emergencies.safety_phrases.fragments import Group

EMERGENCY: Mapping[str, Group] = {
    "not_breathing": breathing.NOT_BREATHING,
    "heart_or_stroke": heart.HEART_OR_STROKE,
    "unconscious": consciousness.UNCONSCIOUS,
    "bleeding": blood.BLEEDING,
    "birth": blood.BIRTH,
    "overdose_or_poison": poison.OVERDOSE_OR_POISON,
    "serious_injury": injury.SERIOUS_INJURY,
    "self_harm": despair.SELF_HARM,
    "harm_to_others": despair.HARM_TO_OTHERS,
    "fire_or_gas": fire.FIRE_OR_GAS,
    "violence": violence.VIOLENCE,
    "child_in_danger": children.CHILD_IN_DANGER,
    "emergency_services": services.EMERGENCY_SERVICES,
    "said_emergency": services.SAID_EMERGENCY,
    "emergencia": spanish.EMERGENCIA,
}
HIGH: Mapping[str, Group] = {
    "urgent": pressing.URGENT,
    "severe_symptom": pressing.SEVERE_SYMPTOM,
    "distress": pressing.DISTRESS,
    "fraud_or_theft": pressing.FRAUD_OR_THEFT,
    "damage_in_progress": pressing.DAMAGE_IN_PROGRESS,
    "threat_or_harassment": pressing.THREAT_OR_HARASSMENT,
    "complaint_escalation": pressing.COMPLAINT_ESCALATION,
}
HUMAN: Mapping[str, Group] = {"human_requested": person.HUMAN_REQUESTED}
