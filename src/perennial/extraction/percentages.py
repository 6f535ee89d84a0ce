"""Which counts a printed percentage can stand for (GRIM; Brown & Heathers 2017, Soc Psychol Personal Sci 8:363)."""


def rounds_to(exact: float, printed: float, decimals: int) -> bool:
    """Whether `exact` rounds to `printed` at so many decimals; a half may have been rounded either way."""
    return abs(exact - printed) <= 0.5 * 10**-decimals * (1 + 1e-9)


def possible_events(percent: float, decimals: int, n: int) -> list[int]:
    """The whole numbers of `n` patients that round to `percent`."""
    return [events for events in range(n + 1) if rounds_to(100 * events / n, percent, decimals)]


def nearest_events(percent: float, n: int) -> int:
    """The whole number of `n` patients that comes nearest to `percent`."""
    return min(range(n + 1), key=lambda events: abs(100 * events / n - percent))
