"""``celery -A tasks doctor``: what is wrong with this installation, and how each of it is mended."""

import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

import settings
from db import engine
from db.plant import checkup
from domain.counting import counted
from domain.diagnosis.finding import Finding, Weight
from tasks.doctor import rooms
from tasks.doctor.examination import Seen, examine, together

MARKS = {Weight.BROKEN: "BROKEN", Weight.WARNING: "warning", Weight.FINE: "note"}
WIDTH = 110


@click.command()
@click.option(
    "--limit", type=click.IntRange(1), help="How many PostgreSQL connections the plan allows, if it is less than the server says."
)
@click.option("--web", "web_machines", type=click.IntRange(1), default=1, show_default=True, help="On how many machines `web` runs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with a list of findings; progress goes to stderr.")
def doctor(*, limit: int | None, web_machines: int, as_json: bool) -> None:
    """Look over this installation and name each thing that is wrong, with what mends it. Changes nothing.

    It looks at settings, PostgreSQL, connections, the broker, workers, vendors (with your keys; nothing is paid), the public address,
    promises and refused signatures, all at once, in a quarter of a minute at most, and works when any of them is broken.

    Exit code 1 if anything is broken; warnings and notes leave it 0. docs/doctor.md has every code.
    """
    settings.current_or_exit()
    engine.use(checkup.PROFILE)
    seen = []
    for each in examine(rooms.of(limit, web_machines)):
        seen.append(each)
        click.echo(_progress(each), err=True)
    findings = together(seen)
    for line in [_document(findings)] if as_json else _lines(findings):
        click.echo(line)
    sys.exit(any(finding.weight is Weight.BROKEN for finding in findings))


def _progress(seen: Seen) -> str:
    heavy = sum(finding.weight is not Weight.FINE for finding in seen.findings)
    state = f"not checked ({seen.unchecked})" if seen.unchecked else f"{heavy} to mend" if heavy else "well"
    return f"  {seen.room:<12} {state}"


def _document(findings: Sequence[Finding]) -> str:
    return json.dumps({"findings": [asdict(finding) for finding in findings]}, indent=2)


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield ""
        yield from textwrap.wrap(f"{MARKS[finding.weight]}  {finding.code}: {finding.sentence}", WIDTH, subsequent_indent="    ")
        yield from (f"    {fact}" for fact in finding.evidence)
        if finding.fix:
            # not wrapped: it is there to be copied
            yield f"    -> {finding.fix}"
    yield ""
    count = {weight: sum(finding.weight is weight for finding in findings) for weight in Weight}
    if count[Weight.BROKEN] or count[Weight.WARNING]:
        warnings, notes = counted(count[Weight.WARNING], "warning", "warnings"), counted(count[Weight.FINE], "note", "notes")
        yield f"{count[Weight.BROKEN]} broken, {warnings}, {notes}. docs/doctor.md explains each."
    else:
        noted = counted(count[Weight.FINE], "note", "notes")
        yield f"All is well; {noted}." if count[Weight.FINE] else "All is well."
