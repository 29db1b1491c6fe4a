"""`likewise verify-pairs`: whether two things are the same."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise.cli._command import Command
from likewise.cli._labelled import add_pairs, asked_pairs, tell_refused
from likewise.cli._output import Output
from likewise.cli._placed import placed

if TYPE_CHECKING:
    from likewise.apps.verify_pairs import Told, Verified
    from likewise.metrics._interval import Interval

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    add_pairs(parser)
    parser.add_argument(
        "--at",
        default="eer",
        metavar="RULE",
        help="where the threshold lies: eer (default), fmr=0.01 (of others let in) or precision=0.95",
    )
    parser.add_argument("--check", metavar="FILE", help="table of pairs without labels to decide on")
    parser.add_argument(
        "--calibration", metavar="FILE", help="in place of PAIRS: what --to wrote, or likewise calibrate"
    )
    parser.add_argument(
        "--prior", type=float, metavar="P", help="share of pairs of --check that match (default: as in PAIRS)"
    )
    parser.add_argument(
        "--sure",
        type=float,
        default=0.0,
        metavar="P",
        help="a verdict less probable than this is `unsure` (default: 0)",
    )
    parser.add_argument("--to", type=Path, metavar="FILE", help="write threshold and calibration, a .json")
    parser.add_argument("--det", type=Path, metavar="FILE", help="write the DET curve, as .svg or .csv")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.verify_pairs import verify_pairs

    for target in filter(None, (args.to, args.det)):
        placed(target)
    found = verify_pairs(
        check=args.check,
        at=args.at,
        calibration=args.calibration,
        prior=args.prior,
        sure=args.sure,
        **asked_pairs(args, needed=args.calibration is None),
    )
    tell_refused(found.refused, out)
    for line in _lines(found):
        out.line(line)
    _write(args, found, out)
    out.data(
        {
            "threshold": found.threshold,
            "rule": found.rule,
            "space": found.calibration.space.id,
            "told": _plain(found.told),
            "decided": found.decided,
            "refused": found.refused,
        }
    )
    return 1 if found.refused else 0


def _write(args: Namespace, found: Verified, out: Output) -> None:
    from likewise.apps._det import write_det
    from likewise.errors import InputError

    if args.to is not None:
        found.calibration.save(args.to)
        out.line(f"written to {args.to}")
    if args.det is not None:
        if found.told is None:
            raise InputError("a DET curve is of labelled pairs; a calibration alone has none")
        write_det(found.told.det, found.told.eer.mean, args.det)
        out.line(f"DET curve in {args.det}")


def _plain(told: Told | None) -> dict[str, Any] | None:
    return None if told is None else asdict(told)


def _lines(found: Verified) -> Iterator[str]:
    yield f"space      {found.calibration.space}"
    yield f"threshold  same from cosine {found.threshold:+.4f} on ({found.rule})"
    if found.told is not None:
        yield from _told(found.told)
    for one in found.decided:
        yield (
            f"{one.verdict:<9}  p {one.probability:.3f} ({one.low:.3f} to {one.high:.3f})  cosine {one.cosine:+.3f}  "
            f"{_short(one.left)} | {_short(one.right)}"
        )


def _told(told: Told) -> Iterator[str]:
    yield f"pairs      {told.pairs:,}, of which {told.matches:,} match"
    yield f"EER        {_share(told.eer)}; minDCF(0.01) {told.min_dcf.mean:.3f}; AUROC {told.auroc.mean:.4f}"
    for name, errors in (("on them", told.errors), ("held out", told.held)):
        if errors is None:
            yield f"{name:<9}  too few pairs to hold some out"
            continue
        yield (
            f"{name:<9}  others let in {_share(errors.false_matches)}, matches turned away "
            f"{_share(errors.false_nonmatches)}, precision {_share(errors.precision)}, {errors.pairs:,} pairs"
        )


def _share(found: Interval) -> str:
    return f"{found.mean:.2%} ({found.low:.2%} to {found.high:.2%})"


def _short(text: str, size: int = 40) -> str:
    line = " ".join(text.split())
    return line if len(line) <= size else line[: size - 1] + "…"


command = Command(
    summary="same or not: a threshold from labelled pairs, and verdicts",
    about=(
        "Tell whether two things are the same (speaker, face, product, record): learn a threshold from labelled "
        "pairs, print how often it errs (equal error rate, minimum detection cost, DET curve; also on pairs of items "
        "that were held out), and decide on other pairs with a calibrated probability. Intervals are of 95 %, over "
        "draws of items, not of pairs."
    ),
    examples=(
        "likewise verify-pairs same.csv --check new.csv --sure 0.9",
        "likewise verify-pairs --in voices.likewise --kind audio --by speaker --det voices.svg",
        "likewise verify-pairs same.csv --at fmr=0.01 --to records.json",
        "likewise verify-pairs --calibration records.json --check new.csv --prior 0.001",
    ),
    arguments=_arguments,
    run=_run,
)
