"""Something is always told, whatever is known, and what is broken says what to do."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.chain import EffectKind, EffectState, Purpose, RunState, Stage
from domain.diagnosis.diagnose import diagnose
from domain.diagnosis.evidence import Broker, Effect, Evidence, House, Job, Run, Step, VendorHealth
from domain.diagnosis.finding import Weight
from domain.jobs import JobKind, JobState
from tests.support.evidence import ALIVE, DELIVERY, EFFECT_ID, REFUSED, RUN_ID, SET, SILENT, TRANSCRIPT, TRANSCRIPT_ID, trouble

_seconds = st.floats(-1e6, 1e6)
_maybe_seconds = st.none() | _seconds
_codes = st.none() | st.sampled_from(["openai:rate_limited", "deepgram:down", "worker_lost", "spend:day_llm_tokens", "unexpected:X", "x"])
_steps = st.lists(
    st.builds(
        Step,
        stage=st.sampled_from(Stage),
        attempts=st.integers(0, 9),
        worker=st.none() | st.just(ALIVE.name),
        started_s=_maybe_seconds,
        finished=st.booleans(),
        submissions=st.integers(0, 4),
        submitted_s=_maybe_seconds,
    ),
    max_size=4,
).map(tuple)
_runs = st.builds(
    Run,
    id=st.just(RUN_ID),
    transcript_id=st.just(TRANSCRIPT_ID),
    purpose=st.sampled_from(Purpose),
    state=st.sampled_from(RunState),
    stage=st.sampled_from(Stage),
    attempts=st.integers(0, 9),
    queue=st.sampled_from(["speech", "batch"]),
    due_s=_seconds,
    ring_s=_seconds,
    lease_s=st.just(50.0),
    lease_left_s=_maybe_seconds,
    waiting_for=st.none() | st.just("deepgram"),
    last_error=_codes,
    degraded=st.booleans(),
    redo_with=st.none() | st.just("openai"),
    steps=_steps,
)
_effects = st.lists(
    st.builds(
        Effect,
        id=st.just(EFFECT_ID),
        kind=st.sampled_from(EffectKind),
        state=st.sampled_from(EffectState),
        attempts=st.integers(0, 9),
        due_s=_seconds,
        ring_s=_seconds,
        lease_s=st.just(46.0),
        lease_left_s=_maybe_seconds,
        last_error=_codes,
        delivery=st.none() | st.sampled_from(["delivered", "failed"]),
    ),
    max_size=3,
).map(tuple)
_jobs = st.builds(
    Job,
    id=st.just(RUN_ID),
    kind=st.sampled_from(JobKind),
    state=st.sampled_from(JobState),
    attempts=st.integers(0, 9),
    queue=st.sampled_from(["speech", "batch"]),
    trace_id=st.just("trace"),
    due_s=_seconds,
    ring_s=_seconds,
    lease_s=st.just(50.0),
    asked_s=_seconds,
    kept_s=_seconds,
    lease_left_s=_maybe_seconds,
    started_s=_maybe_seconds,
    finished_s=_maybe_seconds,
    error=_codes | st.sampled_from(["no_transcriber", "words_not_kept", "openai:invalid_key"]),
    worker=st.none() | st.just(ALIVE.name),
    given_up=st.booleans(),
)
_houses = st.builds(
    House,
    broker=st.sampled_from([Broker(), Broker(trouble("broker_unreachable")), Broker(depths={"speech": 64})]),
    database=st.sampled_from([None, trouble("database_locked")]),
    sweepers=st.sampled_from([None, trouble("sweeper_blocked")]),
    outside=st.sampled_from([(), (SET,)]),
    workers=st.sampled_from([(), (ALIVE,), (SILENT,)]),
    vendors=st.sampled_from([(), (VendorHealth("openai", 5, 3.0, "openai:down"),)]),
)
_evidence = st.builds(
    Evidence,
    asked=st.just("SM1"),
    house=_houses,
    transcript=st.none() | st.just(TRANSCRIPT),
    run=st.none() | _runs,
    effects=_effects,
    deliveries=st.sampled_from([(), (DELIVERY,)]),
    refused=st.sampled_from([(), (REFUSED,), (replace(REFUSED, cause=SET),)]),
    turned_away=st.integers(0, 2),
    job=st.none() | _jobs,
)


@given(_evidence)
def test_whatever_is_known_something_is_told_and_what_is_broken_says_what_to_do(evidence: Evidence) -> None:
    finding = diagnose(evidence)
    assert finding.sentence.endswith((".", "http://x")), finding.sentence
    assert "None" not in finding.sentence.replace("noted", ""), finding.sentence
    assert finding.weight is not Weight.BROKEN or finding.fix
    assert all(fact and "\n" not in fact for fact in finding.evidence)
