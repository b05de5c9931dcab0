"""Figures in Prometheus' own form: families by name, with their labels. Every label's values are few and ours; none is a person's."""

from collections.abc import Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

PREFIX = "hookline_"


def gauge(name: str, says: str, labels: str | Sequence[str], values: Mapping[str, float] | Mapping[tuple[str, ...], float]) -> Metric:
    """A figure that goes up and down, by the values of its labels."""
    names = [labels] if isinstance(labels, str) else list(labels)
    family = GaugeMetricFamily(PREFIX + name, says, labels=names)
    for key, value in sorted(values.items(), key=lambda item: str(item[0])):
        family.add_metric([key] if isinstance(key, str) else list(key), value)
    return family


def single(name: str, says: str, value: float) -> Metric:
    """A figure that goes up and down and has no labels."""
    return GaugeMetricFamily(PREFIX + name, says, value)


def total(name: str, says: str, value: float) -> Metric:
    """A figure that only grows, until it begins anew."""
    return CounterMetricFamily(PREFIX + name, says, value)
