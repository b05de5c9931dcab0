"""As much of PromQL as our rules and dashboards use, evaluated over scrapes: Prometheus' own meaning, without its server.

``increase``, ``rate`` and ``delta`` look at the first and the last of the scrapes that they are given and extrapolate nothing, so a figure
is what really happened in between. Anything that is not used fails loudly.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import promql_parser
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]

COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
RECKON: dict[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
OVER_TIME = {"increase", "rate", "delta"}


@dataclass(frozen=True, slots=True)
class Scrape:
    """What /metrics said, and when (seconds)."""

    text: str
    at: float

    def vector(self, selector: Any) -> Vector:
        """The samples that a selector chooses, by their labels."""
        matchers = selector.matchers.matchers
        return {
            frozenset(sample.labels.items()): sample.value
            for sample in self.samples()
            if sample.name == selector.name and all(_fits(matcher, sample.labels) for matcher in matchers)
        }

    def samples(self) -> list[Any]:
        """All that it said."""
        return [sample for family in text_string_to_metric_families(self.text) for sample in family.samples]


def firing(expression: str, scrapes: Sequence[Scrape]) -> Vector:
    """The result of an alert's expression at the last scrape: empty if it does not fire."""
    found = _of(promql_parser.parse(expression), scrapes)
    assert isinstance(found, dict), "an alert's expression is a vector"
    return found


def selectors(expression: str) -> list[tuple[str, dict[str, str]]]:
    """Every metric that an expression names, with the labels that it asks for."""
    found: list[tuple[str, dict[str, str]]] = []
    _walk(promql_parser.parse(expression), found)
    return found


def _walk(node: Any, found: list[tuple[str, dict[str, str]]]) -> None:
    if isinstance(node, promql_parser.MatrixSelector):
        node = node.vector_selector
    if isinstance(node, promql_parser.VectorSelector):
        found.append((str(node.name), {matcher.name: matcher.value for matcher in node.matchers.matchers}))
    if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
        inside: list[tuple[str, dict[str, str]]] = []
        _walk(node.expr, inside)
        found.extend((name, dict.fromkeys(node.modifier.labels, "")) for name, _ in inside)
    for part in [*getattr(node, "args", []), *(getattr(node, name) for name in ("lhs", "rhs", "expr") if hasattr(node, name))]:
        _walk(part, found)


def _of(node: Any, scrapes: Sequence[Scrape]) -> Vector | float:
    match node:
        case promql_parser.NumberLiteral():
            return float(node.val)
        case promql_parser.ParenExpr():
            return _of(node.expr, scrapes)
        case promql_parser.VectorSelector():
            return scrapes[-1].vector(node)
        case promql_parser.AggregateExpr():
            return _summed(node, _vector(node.expr, scrapes))
        case promql_parser.Call():
            return _called(node, scrapes)
        case promql_parser.BinaryExpr():
            return _joined(node, scrapes)
    raise NotImplementedError(type(node).__name__)


def _vector(node: Any, scrapes: Sequence[Scrape]) -> Vector:
    found = _of(node, scrapes)
    assert isinstance(found, dict)
    return found


def _summed(node: Any, inner: Vector) -> Vector:
    assert str(node.op) == "sum", f"{node.op} is not used yet"
    by = set(node.modifier.labels) if node.modifier else set()
    found: Vector = {}
    for labels, value in inner.items():
        key = frozenset(pair for pair in labels if pair[0] in by)
        found[key] = found.get(key, 0.0) + value
    return found


def _called(node: Any, scrapes: Sequence[Scrape]) -> Vector:
    name = node.func.name
    if name in OVER_TIME:
        return _over_time(name, node.args[0].vector_selector, scrapes)
    if name == "absent":
        return {} if _vector(node.args[0], scrapes) else {frozenset(): 1.0}
    if name == "histogram_quantile":
        return _quantiles(float(node.args[0].val), _vector(node.args[1], scrapes))
    raise NotImplementedError(name)


def _over_time(name: str, selector: Any, scrapes: Sequence[Scrape]) -> Vector:
    first, last = scrapes[0].vector(selector), scrapes[-1].vector(selector)
    both = {labels: (first[labels], now) for labels, now in last.items() if labels in first}
    if name == "delta":
        return {labels: now - then for labels, (then, now) in both.items()}
    # a counter that fell began anew
    grown = {labels: now - then if now >= then else now for labels, (then, now) in both.items()}
    seconds = scrapes[-1].at - scrapes[0].at
    return grown if name == "increase" else {labels: value / seconds for labels, value in grown.items()}


def _quantiles(wanted: float, buckets: Vector) -> Vector:
    series: dict[Labels, dict[float, float]] = {}
    for labels, value in buckets.items():
        bound = float(dict(labels)["le"])
        series.setdefault(frozenset(pair for pair in labels if pair[0] != "le"), {})[bound] = value
    return {labels: _quantile(wanted, sorted(found.items())) for labels, found in series.items()}


def _quantile(wanted: float, buckets: list[tuple[float, float]]) -> float:
    total = buckets[-1][1]
    if not total:
        return math.nan
    rank = wanted * total
    below, counted = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            return below if math.isinf(bound) else below + (bound - below) * (rank - counted) / (count - counted)
        below, counted = bound, count
    return below


def _joined(node: Any, scrapes: Sequence[Scrape]) -> Vector:
    operation, left, right = str(node.op), _vector(node.lhs, scrapes), _of(node.rhs, scrapes)
    if operation in COMPARE:
        bound = right if isinstance(right, float) else None
        assert bound is not None, "a figure is compared with a number"
        return {labels: value for labels, value in left.items() if COMPARE[operation](value, bound)}
    if operation in {*RECKON, "/"}:
        return _reckoned(operation, left, right)
    assert isinstance(right, dict)
    match operation:
        case "and":
            return {labels: value for labels, value in left.items() if labels in right}
        case "or":
            return left | {labels: value for labels, value in right.items() if labels not in left}
    raise NotImplementedError(operation)


def _reckoned(operation: str, left: Vector, right: Vector | float) -> Vector:
    other: Mapping[Labels, float] = dict.fromkeys(left, right) if isinstance(right, float) else right
    if operation == "/":
        return {labels: value / other[labels] if other[labels] else math.nan for labels, value in left.items() if labels in other}
    return {labels: RECKON[operation](value, other[labels]) for labels, value in left.items() if labels in other}


def _fits(matcher: Any, labels: Mapping[str, str]) -> bool:
    value = labels.get(matcher.name, "")
    match str(matcher.op):
        case "MatchOp.Equal":
            return value == str(matcher.value)
        case "MatchOp.NotEqual":
            return value != str(matcher.value)
        case "MatchOp.Re":
            return re.fullmatch(matcher.value, value) is not None
    raise NotImplementedError(str(matcher.op))
