"""The part that tells the other person: one of ``on_call`` and ``front_desk`` could not be reached with a call for help."""

# The end of a key of its own, after which there is nobody else. Whoever was put right meanwhile (a new ``on_call``) is the other one, too.
_LAST_WORD = "other"


def is_to_other(effect: str) -> str:
    """Whether an effect is the call to the other person (SQL)."""
    return f"right({effect}.effect_key, {len(_LAST_WORD) + 1}) = concat(':', '{_LAST_WORD}')"


def other_part(source: str, when: str) -> str:
    """The part that enters the same call for whoever else is named, for each effect ``e`` of ``source`` of which ``when`` is true.

    It is rung for by the sweeper. ``:other_id`` is the new effect's.
    """
    return f"""
  other AS (
    INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, reason, target, sender, body,
        trace_id, next_publish_at)
    SELECT CAST(:other_id AS uuid), e.organization_id, e.conversation_id, e.transcript_id, e.run_id,
        concat_ws(':', e.effect_key, '{_LAST_WORD}'), e.kind, e.reason, named.number, e.sender, e.body, e.trace_id, clock_timestamp()
    FROM {source} JOIN organizations AS o ON o.id = e.organization_id
        CROSS JOIN LATERAL (
            SELECT number FROM (VALUES (1, o.settings ->> 'on_call'), (2, o.settings ->> 'front_desk')) AS each (place, number)
            WHERE COALESCE(number, '') NOT IN ('', e.target, COALESCE(e.sender, '')) ORDER BY place LIMIT 1) AS named
    WHERE e.organization_id = :org AND e.kind = 'escalation' AND e.body <> '' AND NOT {is_to_other("e")} AND {when}
    ON CONFLICT DO NOTHING
  )"""
