"""A comparison for people: Markdown, and one self-contained page of HTML with a picture of score against time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import isfinite, log10
from typing import Final

from likewise.evaluation._compare import Comparison
from likewise.evaluation._contest import Contest, Difference
from likewise.evaluation._entries import Entry
from likewise.metrics._interval import Interval

__all__ = ["markdown", "page", "rows", "verdict"]

_HEAD: Final[tuple[str, ...]] = (
    *("", "contestant", "score", "behind the best", "p", "won/tied/lost", "to decide"),
    *("items/s", "ms a query", "bytes a vector", "memory", "Pareto"),
)
_WIDE, _HIGH, _EDGE = 640, 320, 56


def verdict(found: Comparison) -> str:
    """The answer in one sentence."""
    told = found.overall
    what = f"over {told.units:,} {_many(told.unit, told.units)}" + (
        f" of {len(found.contests) - 1} tasks" if not told.task else ""
    )
    if len(found.tied) == 1:
        return f"{found.best} is the best {what}: it beats every other."
    return f"{what[0].upper()}{what[1:]} these cannot be told apart: {', '.join(found.tied)}; one of them is the best."


def _many(unit: str, count: int) -> str:
    return unit if count == 1 else "queries" if unit == "query" else f"{unit}s"


def rows(found: Comparison) -> Iterator[tuple[str, ...]]:
    """The table: its head, then a row for each contestant, best first; = marks those tied with the best."""
    yield _HEAD
    for entry in found.entries:
        yield tuple(_row(found, entry))


def _row(found: Comparison, entry: Entry) -> Iterator[str]:
    told, costs = found.overall, entry.costs
    yield "=" if entry.name in told.tied else ""
    yield entry.name
    yield _score(told.scores[entry.name])
    yield from _beside(told, found.best, entry.name)
    yield _number(costs.items_per_second, "{:,.0f}")
    yield f"{costs.latency:.1f} ({costs.latency_95:.1f})" if isfinite(costs.latency) else "-"
    yield _number(costs.bytes_per_vector, "{:,.0f}")
    yield "-" if costs.memory is None else f"{costs.memory / 1e6:,.0f} MB"
    yield "yes" if entry.name in found.pareto else ""


def _beside(told: Contest, best: str, name: str) -> Iterator[str]:
    """How far behind the best, how sure that is, the units won, tied and lost against it, and how many would decide."""
    if name == best:
        yield from ("", "", "", "")
        return
    gap = told.between(best, name)
    yield f"{gap.interval.mean:.4f} ({gap.interval.low:+.4f} to {gap.interval.high:+.4f})"
    yield f"{gap.p:.3g}"
    yield "-" if gap.wins is None else f"{gap.losses}/{gap.ties}/{gap.wins}"
    yield _more(gap)


def _more(gap: Difference) -> str:
    if gap.decided:
        return "decided"
    if gap.interval.mean == 0:
        return "nothing sets them apart"
    return "over 100 times as many" if gap.more is None else f"{gap.more:,} more"


def _score(one: Interval) -> str:
    return f"{one.mean:.4f} ({one.low:.4f} to {one.high:.4f})"


def _number(value: float, form: str) -> str:
    return form.format(value) if isfinite(value) else "-"


def markdown(found: Comparison) -> str:
    """The table, each task, where the two foremost disagree, and the notes."""
    head, *body = rows(found)
    lines = ["# Comparison", "", verdict(found), "", *_table(head, body), "", _explained(), ""]
    for told in found.contests[1:]:
        lines += [f"## {told.task}", "", *_table(*_small(told)), ""]
    for first, second in _pairs(found):
        lines += [f"## Where {first} is ahead of {second}", "", *_disagreeing(found, first, second), ""]
    if found.notes:
        lines += ["## Notes", "", *(f"- {note}" for note in found.notes), ""]
    return "\n".join(lines)


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *body):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _small(told: Contest) -> tuple[list[str], list[list[str]]]:
    """One task: score, and beside the best of it."""
    best = next(iter(told.scores))
    body = [
        ["=" if name in told.tied else "", name, _score(score), *_beside(told, best, name)]
        for name, score in told.scores.items()
    ]
    return ["", f"{told.metric}, {told.units:,} {_many(told.unit, told.units)}", *_HEAD[2:7]], body


def _explained() -> str:
    return (
        "Scores have 95 % intervals of their own; differences to the best have simultaneous ones, corrected for every "
        "difference in this report, so that with 95 % probability all that are called decided are real. = : nobody "
        "beats it, it may be the best. Won, tied, lost: units against the best. To decide: units that it would take, "
        "with a chance of 80 %. Milliseconds: the median (and the 95th percentile) of one query alone. Pareto: nobody "
        "is at least as good in score, items a second, milliseconds and bytes at once."
    )


def _pairs(found: Comparison) -> list[tuple[str, str]]:
    """The two foremost, both ways."""
    names = [entry.name for entry in found.entries[:2]]
    return [(names[0], names[1]), (names[1], names[0])]


def _disagreeing(found: Comparison, first: str, second: str) -> list[str]:
    told = found.disagreements(first, second)
    lines = [f"- {one.unit}: {one.first:.3f} against {one.second:.3f}  {one.text[:200]}".rstrip() for one in told]
    return lines or ["Nowhere, or its units have no value of their own."]


def page(found: Comparison) -> str:
    """A page that needs nothing else: the table, score against milliseconds, tasks, disagreements, notes."""
    head, *body = rows(found)
    parts = [f"<h1>Comparison</h1><p><b>{escape(verdict(found))}</b></p>", _html(head, body), f"<p>{_explained()}</p>"]
    parts.append(_picture(found))
    for told in found.contests[1:]:
        small, cells = _small(told)
        parts.append(f"<h2>{escape(told.task)}</h2>{_html(small, cells)}")
    for first, second in _pairs(found):
        lines = "".join(f"<li>{escape(line.removeprefix('- '))}</li>" for line in _disagreeing(found, first, second))
        parts.append(f"<h2>Where {escape(first)} is ahead of {escape(second)}</h2><ul>{lines}</ul>")
    if found.notes:
        parts.append("<h2>Notes</h2><ul>" + "".join(f"<li>{escape(note)}</li>" for note in found.notes) + "</ul>")
    style = (
        "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#222}"
        "table{border-collapse:collapse;font-size:.85rem;display:block;overflow-x:auto}"
        "td,th{padding:.3rem .6rem;border-bottom:1px solid #ddd;text-align:left;white-space:nowrap}"
        "tr.tied{background:#eef6ee}svg{max-width:100%;height:auto}"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Comparison of models</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head><body>{"".join(parts)}'
        "</body></html>\n"
    )


def _time(power: float) -> str:
    return f"{10**power:,.0f} ms" if power >= 1 else f"{10**power:.2g} ms"


def _html(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    under = "".join(
        f"<tr{' class=tied' if row[0] == '=' else ''}>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
        for row in body
    )
    return f"<table><tr>{top}</tr>{under}</table>"


def _picture(found: Comparison) -> str:
    """Score with its interval against milliseconds of one query, on a logarithmic scale."""
    drawn = [e for e in found.entries if isfinite(e.costs.latency) and e.costs.latency > 0]
    if not drawn:
        return ""
    told = found.overall.scores
    times = [log10(e.costs.latency) for e in drawn]
    low, high = min(times) - 0.2, max(times) + 0.2
    bottom, top = min(told[e.name].low for e in drawn), max(told[e.name].high for e in drawn)
    room = (top - bottom) or 1.0

    def up(score: float) -> float:
        return _HIGH - _EDGE - (score - bottom) / room * (_HIGH - 2 * _EDGE)

    marks = []
    for entry, time in zip(drawn, times, strict=True):
        one, x = told[entry.name], _EDGE + (time - low) / (high - low) * (_WIDE - 2 * _EDGE)
        colour = "#1f5fa8" if entry.name in found.pareto else "#999"
        marks.append(
            f'<path d="M{x:.1f} {up(one.low):.1f}V{up(one.high):.1f}" stroke="{colour}" stroke-width="2"/>'
            f'<circle cx="{x:.1f}" cy="{up(one.mean):.1f}" r="5" fill="{colour}"/>'
            f'<text x="{x + 8:.1f}" y="{up(one.mean) + 4:.1f}">{escape(entry.name[-40:])}</text>'
        )
    axes = (
        f'<path d="M{_EDGE} {_EDGE / 2}V{_HIGH - _EDGE}H{_WIDE - _EDGE / 2}" fill="none" stroke="#333"/>'
        f'<text x="{_EDGE - 6}" y="{up(bottom):.1f}" text-anchor="end">{bottom:.3f}</text>'
        f'<text x="{_EDGE - 6}" y="{up(top) + 4:.1f}" text-anchor="end">{top:.3f}</text>'
        f'<text x="{_EDGE}" y="{_HIGH - _EDGE + 18}">{_time(low)}</text>'
        f'<text x="{_WIDE - _EDGE}" y="{_HIGH - _EDGE + 18}" text-anchor="end">{_time(high)}</text>'
        f'<text x="{_WIDE / 2}" y="{_HIGH - 12}" text-anchor="middle">milliseconds for one query (log); '
        "blue: Pareto front</text>"
    )
    return (
        f'<svg viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" font-size="12" font-family="sans-serif">'
        f"<title>Score against time</title>{axes}{''.join(marks)}</svg>"
    )
