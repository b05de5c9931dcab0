"""What became of a reply: whether it left the house, which its effect knows and the reply does not. SQL, for whoever shows replies."""

# Kept here and sent to nobody, where nothing may leave; sent, and not brought to its telephone.
_OUTCOME = """CASE WHEN e.state = 'sent' AND e.provider = 'local' THEN 'recorded'
        WHEN e.state = 'sent' AND e.delivery IN ('undelivered', 'failed') THEN 'undelivered' ELSE e.state END"""
_REASON = "COALESCE(e.last_error, e.delivery_code)"


def _of_carrier(what: str, run: str, organization_id: str) -> str:
    # what the front enters instead of a reply has no run: it holds for a run that answers the turn, not for one that is made to compare
    return f"""(
    SELECT {what} FROM runs AS by_run JOIN effects AS e ON e.organization_id = {organization_id}
        AND e.conversation_id = by_run.conversation_id AND e.transcript_id = by_run.transcript_id
    WHERE by_run.organization_id = {organization_id} AND by_run.id = {run} AND e.kind IN ('sms', 'call_update')
        AND (e.run_id = by_run.id OR (e.run_id IS NULL AND by_run.purpose = 'live'))
    ORDER BY e.created_at DESC, e.id DESC LIMIT 1)"""


def outcome(run: str, organization_id: str) -> str:
    """How the last effect stands that carries the reply of a ``run``, or that was entered instead; NULL where there is none."""
    return _of_carrier(_OUTCOME, run, organization_id)


def reason(run: str, organization_id: str) -> str:
    """Why it stands so, if that is known."""
    return _of_carrier(_REASON, run, organization_id)
