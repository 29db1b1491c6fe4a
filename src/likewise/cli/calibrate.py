"""`likewise calibrate`: what a cosine says of a match, learned from labelled pairs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._labelled import add_pairs, asked_pairs, tell_refused
from likewise.cli._output import Output
from likewise.cli._placed import placed

if TYPE_CHECKING:
    from likewise.apps._calibrated import Calibrated, Held
    from likewise.apps._calibration import Calibration

__all__ = ["command"]

_ASKED = (0.1, 0.5, 0.9, 0.95, 0.99)


def _arguments(parser: ArgumentParser) -> None:
    add_pairs(parser)
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="write the calibration, a .json that other commands take"
    )
    parser.add_argument(
        "--method",
        choices=("auto", "logistic", "isotonic"),
        default="auto",
        help="the curve; auto (default) takes isotonic where many pairs show that it is better",
    )
    parser.add_argument(
        "--prior",
        type=float,
        metavar="P",
        help="share of pairs that match where the calibration is used (default: as in PAIRS); changes what is printed",
    )


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.calibrate import calibrate

    if args.to is not None:
        placed(args.to)
    found = calibrate(method=args.method, **asked_pairs(args))
    made = found.calibration
    tell_refused(found.refused, out)
    for line in _lines(found, args.prior):
        out.line(line)
    if args.to is not None:
        made.save(args.to)
        out.line(f"written to {args.to}")
    out.data(
        {
            "space": made.space.id,
            "model": made.space.model,
            "method": made.method,
            "pairs": made.pairs,
            "matches": made.matches,
            "prior": args.prior or made.prior,
            "thresholds": [
                {"probability": p, "cosine": t if (t := made.threshold(p, args.prior)) <= 1 else None} for p in _ASKED
            ],
            "held": found.held,
            "refused": found.refused,
            "to": args.to,
        }
    )
    return 1 if found.refused else 0


def _lines(found: Calibrated, prior: float | None) -> Iterator[str]:
    made = found.calibration
    yield f"space     {made.space}"
    yield f"pairs     {made.pairs:,}, of which {made.matches:,} match ({made.prior:.1%}); curve: {made.method}"
    if prior is not None:
        yield f"prior     {prior:.2%} of pairs match where it is used"
    yield from _thresholds(made, prior)
    if found.held is None:
        yield "held out  too few pairs to try the curve on pairs that it was not made from"
    else:
        yield from _held(found.held)


def _thresholds(made: Calibration, prior: float | None) -> Iterator[str]:
    for p in _ASKED:
        cosine = made.threshold(p, prior)
        if cosine > 1:
            yield f"p >= {p:<4g} no cosine is enough"
            continue
        low, high = made.band(cosine, prior)
        yield f"p >= {p:<4g} from cosine {cosine:+.3f}  (there 95 %: {float(low):.3f} to {float(high):.3f})"


def _held(held: Held) -> Iterator[str]:
    yield (
        f"held out  {held.pairs:,} pairs: Brier {held.brier.mean:.4f} ({held.brier.low:.4f} to {held.brier.high:.4f}; "
        f"{held.brier_of_prior:.4f} by the share of matches alone), calibration error {held.error:.4f}"
    )
    for one in held.bins:
        yield (
            f"          said {one.said:.3f}  matched {one.matched.mean:.3f} "
            f"({one.matched.low:.3f} to {one.matched.high:.3f})  {one.pairs:,} pairs"
        )


command = Command(
    summary="what a cosine says: the probability of a match",
    about=(
        "Learn from labelled pairs of your own how probable a match is at every cosine of a model, with a 95 % "
        "interval, and try it on pairs that were held out. A cosine of 0.6 means much in one model and nothing in "
        "another; a probability means the same in all. The file that --to writes is taken by verify-pairs."
    ),
    examples=(
        "likewise calibrate pairs.csv --to pairs.calibration.json",
        "likewise calibrate asked.csv --left question --right answer --roles query --prior 0.01",
        "likewise calibrate same.csv --in voices.likewise --kind audio --to voices.json",
        "likewise calibrate --in shop.likewise --by product",
    ),
    arguments=_arguments,
    run=_run,
)
