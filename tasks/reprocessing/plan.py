"""Goes through what a batch would do, with the steps' own keys, and adds up what it would take. Nobody is asked, nothing is written."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar
from uuid import UUID

from db import earlier, rehearsal, selection, work
from db.rehearsal import NOBODY, Subject
from domain.batches import Selection, Variant
from domain.chain import Stage
from domain.emergencies import safety
from domain.errors import UnusableAnswerError
from domain.plans import Plan
from domain.ports import Basis, Classifier, ReplyWriter
from domain.runs import Claim, Run
from domain.speech import Analysis, Role
from domain.understanding import talk
from domain.vendors import Vendor
from providers import registry
from tasks import engines
from tasks.reprocessing.price import Call, Prices

PAGE = 200
ENGINES: dict[Stage, Callable[[str | None, str | None], Classifier | ReplyWriter]] = {
    Stage.CLASSIFY_SPEAKERS: registry.classifier_as,
    Stage.GENERATE_REPLY: registry.reply_writer_as,
}

Known = TypeVar("Known")


class Rehearsal:
    """One plan in the making: go through it to see it grow, page by page; then it is complete."""

    def __init__(self, organization_id: UUID, chosen: Selection, variant: Variant) -> None:
        """For this organization's transcripts."""
        self.plan = Plan()
        self._organization_id, self._chosen, self._variant = organization_id, chosen, variant
        self._prices = Prices()

    def __iter__(self) -> Iterator[int]:
        """How many transcripts were gone through with each page. Raises StoreUnavailable."""
        for page in selection.pages(self._organization_id, self._chosen, PAGE):
            for subject in rehearsal.subjects(self._organization_id, page):
                self._add(subject)
            yield len(page)
        self._prices.settle(self.plan)

    def _add(self, subject: Subject) -> None:
        self.plan.runs += 1
        self.plan.stages[Stage.PERSIST].free += 1
        run = self._load(subject, Stage.TRANSCRIBE)
        words = self._known(run.claim, engines.words_key(run), earlier.find_words)
        self._count(Stage.TRANSCRIBE, reused=words is not None)
        if subject.run_id is None:
            # no words were ever read: whoever is to be asked about them is asked, and nobody can tell how much that is
            for stage in ENGINES:
                self._ask(subject, stage, None)
            return
        self._reply(subject, self._understanding(subject))

    def _understanding(self, subject: Subject) -> Analysis | None:
        """What is known of it before anybody is asked; None if somebody has to be."""
        run = self._load(subject, Stage.CLASSIFY_SPEAKERS)
        port, said = engines.classifier(run), (run.organization, run.utterances, run.evidence)
        basis = _basis(partial(port.basis, *said))
        found = self._known(run.claim, basis.key, earlier.find_understanding) if basis else None
        if found:
            self._count(run.claim.stage, reused=True)
            findings = safety.find(run.utterances, run.organization.alarm_words)
            return Analysis(found, findings, talk.figures(run.utterances, found.verdict))
        self._ask(subject, run.claim.stage, basis, lambda it: it.basis(*said))
        return None

    def _reply(self, subject: Subject, known: Analysis | None) -> None:
        """Without knowing what will be understood the question cannot be known either; it is as long as the one of the last time."""
        run = self._load(subject, Stage.GENERATE_REPLY)
        if known:
            roles = known.understanding.verdict.roles
            told = tuple(replace(said, role=roles.get(said.speaker, Role.UNSURE)) for said in run.utterances)
            run = replace(run, analysis=known, utterances=told)
        if run.analysis is None:
            self._ask(subject, run.claim.stage, None)
            return
        run = replace(run, analysis=replace(run.analysis, safety=safety.find(run.utterances, run.organization.alarm_words)))
        request = engines.reply_request(run)
        basis = _basis(partial(engines.reply_writer(run).basis, request))
        if basis and known and self._known(run.claim, basis.key, earlier.find_reply):
            self._count(run.claim.stage, reused=True)
            return
        self._ask(subject, run.claim.stage, basis, lambda it: it.basis(request))

    def _ask(self, subject: Subject, stage: Stage, basis: Basis | None, again: Callable[..., Basis] | None = None) -> None:
        """Count who would be asked; what runs in our own house, or asks nobody at all, costs nothing."""
        usual = ENGINES[stage](self._variant.prompt_at(stage), self._variant.model_at(stage))
        if usual.vendor is None or (basis is not None and basis.tokens == 0):
            self._count(stage, reused=False)
            return
        taken = subject.taken.get(stage)
        self.plan.stages[stage].ask(usual.vendor, basis.model or "" if basis else "", basis.prompt_version or "" if basis else "")
        then = _as_then(stage, taken.prompt_version, taken.model, again) if taken and again else None
        self._prices.add(Call(stage, basis, taken, _longer(basis, then)))

    def _known(self, claim: Claim, key: bytes, find: Callable[[Claim, bytes], Known | None]) -> Known | None:
        # the claim names the run whose words are looked at, which may be taken over like any other's
        return find(replace(claim, run_id=NOBODY), key) if self._variant.reuses(claim.stage) else None

    def _load(self, subject: Subject, stage: Stage) -> Run:
        return replace(work.load(subject.claim(stage)), variant=self._variant)

    def _count(self, stage: Stage, *, reused: bool) -> None:
        told = self.plan.stages[stage]
        told.reused, told.free = told.reused + reused, told.free + (not reused)


def _basis(ask: Callable[[], Basis]) -> Basis | None:
    try:
        return ask()
    except UnusableAnswerError:
        # too long for any answer: the offline engine stands in
        return Basis(b"", Vendor.OPENAI)


def _as_then(stage: Stage, prompt: str | None, model: str, again: Callable[..., Basis]) -> Basis | None:
    """The same question as it was asked the last time, if that prompt can be put together still."""
    if prompt not in registry.prompt_versions():
        return None
    return _basis(partial(again, ENGINES[stage](prompt, model)))


def _longer(basis: Basis | None, then: Basis | None) -> float:
    return basis.tokens / then.tokens if basis and then and then.tokens else 1.0
