"""How far a run has come, step by step, told from where the run stands."""

from enum import StrEnum

from domain.chain import RunState, Stage, is_past


class StepState(StrEnum):
    """What a person is told about one step."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


def step_state(stage: Stage, *, current: Stage, state: RunState, leased: bool) -> StepState:
    """The state of ``stage`` in a run that stands at ``current``; ``leased`` says that a worker holds the run now."""
    if state is RunState.DONE or is_past(stage, current):
        return StepState.DONE
    if stage is not current:
        return StepState.PENDING
    if state is RunState.DEAD:
        return StepState.FAILED
    return StepState.RUNNING if leased else StepState.PENDING
