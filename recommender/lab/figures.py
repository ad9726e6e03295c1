"""The figures of reports as PNG, in one style. Figures are plain numbers; only `draw` uses matplotlib."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The eight colours of Okabe and Ito, which colour-blind readers can distinguish; dark ones for crowded lines.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C8C")
MARKERS = "os^Dv<>p"
INK = "#222222"
STYLE: dict[Any, Any] = {
    "figure.figsize": (7.2, 4.4),
    "figure.dpi": 150,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "svg.hashsalt": "lab",
}


@dataclass(frozen=True)
class Curve:
    """One method of a figure; `low` and `high` are drawn as a band around it."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


@dataclass(frozen=True)
class Figure:
    """A figure: file name without extension, title, and axis labels with units."""

    name: str
    title: str
    x_label: str
    y_label: str

    def draw(self, path: Path) -> None:
        """Writes the PNG file; the same numbers give the same file."""
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as Canvas

        with mpl.rc_context(STYLE):
            canvas = Canvas(layout="constrained")
            FigureCanvasAgg(canvas)
            axes = canvas.add_subplot()
            self.plot(axes)
            axes.set(title=self.title, xlabel=self.x_label, ylabel=self.y_label)
            canvas.savefig(path, metadata={"Software": None})

    def plot(self, axes: Any) -> None:
        """Draws this kind of figure on the axes."""
        raise NotImplementedError


@dataclass(frozen=True)
class Lines(Figure):
    """A line chart, one line for each method."""

    lines: Sequence[Curve] = ()
    log_x: bool = False
    levels: Sequence[tuple[str, float]] = ()  # dotted horizontal lines, in the colours of the lines

    def plot(self, axes: Any) -> None:
        """Draws each line with its own colour and marker; a long legend stands beside the axes."""
        for place, line in enumerate(self.lines):
            colour = COLOURS[place % len(COLOURS)]
            dashes = "-" if place < len(COLOURS) else "--"
            marker = MARKERS[place % len(MARKERS)] if len(line.x) <= 25 else None
            axes.plot(line.x, line.y, label=line.label, color=colour, marker=marker, linestyle=dashes)
            if line.low is not None and line.high is not None:
                axes.fill_between(line.x, line.low, line.high, color=colour, alpha=0.15, linewidth=0)
        for place, (label, level) in enumerate(self.levels):
            axes.axhline(level, label=label, color=COLOURS[place % len(COLOURS)], linestyle=":")
        if self.log_x and any(x > 0 for line in self.lines for x in line.x):
            _logarithmic(axes)
        many = len(self.lines) + len(self.levels) > 4
        where, columns = ("outside right center", 1) if many else ("outside lower center", 2)
        axes.figure.legend(loc=where, ncols=columns)


@dataclass(frozen=True)
class Bars(Figure):
    """A bar chart, one bar with its interval for each method, the first at the top."""

    labels: Sequence[str] = ()
    values: Sequence[float] = ()
    low: Sequence[float] = ()
    high: Sequence[float] = ()

    def plot(self, axes: Any) -> None:
        """Draws horizontal bars, so that long names are readable."""
        places = list(range(len(self.labels)))[::-1]
        axes.barh(places, self.values, color=COLOURS[0], height=0.6)
        if self.low:
            below = [value - low for value, low in zip(self.values, self.low, strict=True)]
            above = [high - value for value, high in zip(self.values, self.high, strict=True)]
            axes.errorbar(
                self.values, places, xerr=[below, above], fmt="none", ecolor=INK, capsize=3, linewidth=1
            )
        axes.set_yticks(places, self.labels)
        axes.grid(axis="y", visible=False)


def _logarithmic(axes: Any) -> None:
    """A logarithmic axis with plain numbers at 1, 2 and 5."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.xaxis.set_minor_locator(NullLocator())


@dataclass(frozen=True)
class Matrices(Figure):
    """Confusion matrices side by side: a name and ((true yes, false yes), (false no, true no)) as shares."""

    matrices: Sequence[tuple[str, Sequence[Sequence[float]]]] = ()

    def plot(self, axes: Any) -> None:
        """Draws predictions as rows and true values as columns, with each share in its square."""
        for place, (name, shares) in enumerate(self.matrices):
            left = 2.4 * place
            axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, extent=(left, left + 2, 0, 2))
            for row in range(2):
                for column in range(2):
                    share = shares[row][column]
                    ink = "white" if share > 0.5 else INK
                    axes.text(
                        left + column + 0.5, 1.5 - row, f"{share:.3f}", ha="center", va="center", color=ink
                    )
            axes.text(left + 1, 2.1, name, ha="center")
        axes.set(xlim=(-0.2, 2.4 * len(self.matrices) - 0.2), ylim=(0, 2.4), xticks=[], yticks=[0.5, 1.5])
        axes.set_yticklabels(["no", "yes"])
        axes.grid(visible=False)
