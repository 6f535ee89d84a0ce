"""Typeface and file formats of figures."""

import io
from functools import cache

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

INK, SOFT, FAINT = "#1a1a1a", "#5c5c5c", "#d9d9d9"
SIZE = 8.5
"""Points; every text in a figure has this size or is a title."""

FORMATS = ("svg", "pdf", "png")

# DejaVu Sans comes with matplotlib, so a figure looks the same on a machine that has no fonts.
matplotlib.rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "font.size": SIZE,
        "text.color": INK,
        "text.parse_math": False,  # a dollar sign in a name is a dollar sign
        "axes.edgecolor": SOFT,
        "axes.labelcolor": INK,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "svg.fonttype": "path",
        "svg.hashsalt": "perennial",
        "pdf.fonttype": 42,
        "savefig.dpi": 200,
    }
)

DATELESS = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}


def render(figure: Figure, kind: str) -> bytes:
    """The figure as a file of the given kind ("svg", "pdf", "png"), without a date in it."""
    data = io.BytesIO()
    figure.savefig(data, format=kind, metadata=DATELESS[kind], facecolor="white")
    return data.getvalue()


@cache
def text_width(text: str, bold: bool = False) -> float:
    """Width of a text of the figures' size, in inches, measured so finely that no rounding to pixels is in it."""
    fine = 7200
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(SIZE, fine)
    font.set_text(text)
    return font.get_width_height()[0] / 64 / fine


def shortened(text: str, width: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits into `width` inches, with an ellipsis."""
    if text_width(text, bold) <= width:
        return text
    fits, longer = 0, len(text)
    while longer - fits > 1:
        middle = (fits + longer) // 2
        fits, longer = (middle, longer) if text_width(text[:middle] + "…", bold) <= width else (fits, middle)
    return text[:fits].rstrip() + "…"
