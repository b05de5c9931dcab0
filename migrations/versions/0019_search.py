"""What is found of the words that were said: which lexemes an utterance has, and which utterances of an organization have them.

Revision: 0019, after 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"

# The organization is a lexeme like any other, so that one scan of one index finds a word of one organization's. It begins with a space:
# PostgreSQL's parser makes no such lexeme of anything that somebody says. Beyond a hundred thousand characters nothing is searched: a
# tsvector of more than a megabyte is an error, and no word shall be lost to it.
_LEXEMES = """
CREATE FUNCTION utterance_lexemes(organization uuid, words text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT pg_catalog.to_tsvector('pg_catalog.english', pg_catalog.left(words, 100000))
        || pg_catalog.array_to_tsvector(ARRAY[' ' || organization::text])
$$
"""
# Not for everybody: whoever may run it finds ids in any organization that they name. It runs as its owner because below row-level security
# no index answers `@@`, which PostgreSQL does not hold for leakproof; what it tells are ids and ranks, and the rows behind them are read
# under the policies of whoever asks. Of what very many have said it ranks the newest (run ids grow with time), and looks at a bounded number.
_SEARCH = """
CREATE FUNCTION search_utterances(organization uuid, wanted text, most integer)
RETURNS TABLE (run_id uuid, seq integer, rank double precision)
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH asked AS (
        SELECT websearch_to_tsquery('pg_catalog.english', wanted) AS words
    ), met AS MATERIALIZED (
        SELECT u.run_id, u.seq, u.text, asked.words FROM asked, public.utterances AS u
        WHERE u.text <> '' AND u.organization_id = organization AND numnode(asked.words) > 0
            AND public.utterance_lexemes(u.organization_id, u.text)
                @@ (quote_literal(' ' || organization::text)::tsquery && asked.words)
        LIMIT 20 * most
    ), newest AS MATERIALIZED (
        SELECT * FROM met ORDER BY met.run_id DESC, met.seq DESC LIMIT most
    )
    SELECT newest.run_id, newest.seq,
        ts_rank(to_tsvector('pg_catalog.english', left(newest.text, 100000)), newest.words, 1)::double precision
    FROM newest
$$
"""


def upgrade() -> None:
    """Expand: functions that code of the release before does not know."""
    op.execute(_LEXEMES)
    op.execute(_SEARCH)
    op.execute("REVOKE ALL ON FUNCTION search_utterances(uuid, text, integer) FROM PUBLIC")


def downgrade() -> None:
    """Find nothing any more."""
    op.execute("DROP FUNCTION search_utterances(uuid, text, integer)")
    op.execute("DROP FUNCTION utterance_lexemes(uuid, text)")
