"""How numbers are written for people, the same in figures, tables and sentences."""

from collections.abc import Mapping


def percent(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:.1f}"


def interval(low: float | None, high: float | None) -> str:
    """Two fractions as percentages."""
    return "" if low is None or high is None else f"{percent(low)} to {percent(high)}"


def value_or_status(value: float | None, status: str) -> str:
    """A number as it is, or why there is none, such as "not reached"."""
    return status.replace("_", " ") if value is None else f"{value:g}"


def p_value(p: float | None) -> str:
    if p is None:
        return "P not available"
    return "P < 0.001" if p < 0.001 else f"P = {p:.3f}"


def heterogeneity_class(i2: float, thresholds: Mapping[str, float]) -> str:
    """Low, moderate or substantial, by the upper bounds of I2 in the configuration."""
    if i2 <= thresholds["low"]:
        return "low"
    return "moderate" if i2 <= thresholds["moderate"] else "substantial"
