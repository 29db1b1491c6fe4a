"""Metrics beside the reference packages, on 1,000 random cases each: the greatest difference, and the time.

    python -m benchmarks.metrics     with pytrec_eval, ranx, scikit-learn and SciPy installed; what is not is named

Rankings have ties, empty answers, documents nobody judged and judged ones nobody found. ranx is asked about rankings
without ties only: it leaves the order of these open. Nothing may differ by 1e-9.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from likewise import parts
from tests.golden.rankings import CUT, CUTS, Table, rankings
from tests.metrics.drawn import labels, numbers, pairs

CASES = 1_000
NEAR = 1e-9
OPEN = {"map": "mean_average_precision", "ndcg": "ndcg", "recip_rank": "mrr", "Rprec": "r_precision"}
RANX = {"ndcg": "ndcg", "map": "mean_average_precision", "mrr": "mrr", "recall": "recall", "precision": "precision"}
RANX |= {"hit_rate": "hit_rate", "r-precision": "r_precision"}
Line = tuple[str, str, float, float, float]


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = perf_counter()
    return work(), perf_counter() - start


def _each(metric: Callable[..., Any], cases: list[Any]) -> list[float]:
    return [float(metric(*case)) for case in cases]


def _metric(name: str) -> Any:
    return parts.find("metrics", name)


def trec() -> Iterator[Line]:
    import pytrec_eval

    answers, judged = rankings(CASES)
    cases = [(theirs, theirs, ours, None) for theirs, ours in OPEN.items()]
    cases += [(f"{theirs}.{k}", f"{theirs}_{k}", ours, k) for theirs, ours in CUT.items() for k in CUTS]  # type: ignore[misc]
    for asked, called, ours, k in cases:
        evaluator = pytrec_eval.RelevanceEvaluator(judged, {asked})
        theirs, slow = _timed(partial(evaluator.evaluate, answers))
        found, ours_s = _timed(partial(_metric(ours), answers, judged, k))
        apart = max(abs(found[q] - theirs[q][called]) for q in judged)
        yield "pytrec_eval", called, apart, ours_s, slow


def ranx() -> Iterator[Line]:
    from ranx import Qrels, Run, evaluate

    answers, judged = rankings(CASES)
    kept = [q for q in judged if answers[q] and len(set(answers[q].values())) == len(answers[q])]
    kept = sorted(q for q in kept if any(grade > 0 for grade in judged[q].values()))  # the order in which ranx answers
    some: Table = {q: answers[q] for q in kept}
    true = {q: {d: g for d, g in judged[q].items() if g > 0} for q in kept}
    qrels, run = Qrels(true), Run(some)
    for theirs_name, ours in RANX.items():
        for k in (None, *CUTS) if theirs_name != "r-precision" else (None,):
            called = theirs_name if k is None else f"{theirs_name}@{k}"
            evaluate(qrels, run, called, return_mean=False)  # compiles
            theirs, slow = _timed(partial(evaluate, qrels, run, called, return_mean=False))
            found, ours_s = _timed(partial(_metric(ours), some, true, k))
            yield "ranx", called, float(np.abs(np.array([found[q] for q in kept]) - theirs).max()), ours_s, slow


def others() -> Iterator[Line]:
    from scipy import stats
    from sklearn import metrics

    beside: list[tuple[str, str, Callable[..., Any], Callable[..., Any]]] = [
        ("scipy", "pearson", lambda a, b: stats.pearsonr(a, b)[0], numbers),
        ("scipy", "spearman", lambda a, b: stats.spearmanr(a, b)[0], numbers),
        ("sklearn", "accuracy", lambda a, b: metrics.accuracy_score(b, a), labels),
        ("sklearn", "f1", lambda a, b: metrics.f1_score(b, a, average="macro", zero_division=0), labels),
        ("sklearn", "average_precision", lambda a, b: metrics.average_precision_score(b, a), pairs),
        ("sklearn", "auroc", lambda a, b: metrics.roc_auc_score(b, a), pairs),
        ("sklearn", "v_measure", lambda a, b: metrics.v_measure_score(b, a), labels),
        ("sklearn", "nmi", lambda a, b: metrics.normalized_mutual_info_score(b, a), labels),
        ("sklearn", "ari", lambda a, b: metrics.adjusted_rand_score(b, a), labels),
    ]
    for package, name, theirs, draw in beside:
        rng = np.random.default_rng(0)
        cases = [draw(rng, int(rng.integers(2, 200))) for _ in range(CASES)]
        metric = _metric(name)
        found, ours_s = _timed(partial(_each, metric, cases))
        wanted, slow = _timed(partial(_each, theirs, cases))
        both = np.array([found, wanted])
        assert (np.isnan(both[0]) == np.isnan(both[1])).all(), name
        yield package, name, float(np.nanmax(np.abs(both[0] - both[1]))), ours_s, slow


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    warnings.simplefilter("ignore")
    worst = 0.0
    print(f"{'package':14}{'metric':24}{'difference':>12}{'likewise, ms':>14}{'theirs, ms':>12}")
    for needs, lines in (("pytrec_eval", trec), ("ranx", ranx), ("sklearn", others)):
        try:
            importlib.import_module(needs)
        except ModuleNotFoundError:
            print(f"{needs:14}is not installed here")
            continue
        for package, name, apart, ours, theirs in lines():
            worst = max(worst, apart)
            print(f"{package:14}{name:24}{apart:>12.1e}{1e3 * ours:>14.1f}{1e3 * theirs:>12.1f}", flush=True)
    print(f"greatest difference: {worst:.1e}")
    if worst > NEAR:
        sys.exit(f"wanted at most {NEAR}")


if __name__ == "__main__":
    main()
