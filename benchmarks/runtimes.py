"""How quickly each runtime encodes: texts a second over 1,000 paragraphs of mixed length, and the time of one question.

    python -m benchmarks.runtimes openvino:fp32 openvino:bf16 onnx:fp32 torch:fp32 torch:bf16

Each is a runtime and a precision; best of four rounds, and the median of 50 questions of about 60 characters.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter

from benchmarks._texts import mixed
from likewise.encoders import Encoder, load

__all__ = ["speed"]


def speed(encoder: Encoder, texts: list[str], rounds: int = 4) -> tuple[float, float]:
    """Texts a second, and milliseconds of one question."""
    encoder.encode(texts[:100])
    took = []
    for _ in range(rounds):
        start = perf_counter()
        encoder.encode(texts)
        took.append(perf_counter() - start)
    asked = []
    for text in texts[:50]:
        start = perf_counter()
        encoder.encode_query([text[:60]])
        asked.append(perf_counter() - start)
    return len(texts) / min(took), 1000 * median(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="RUNTIME:PRECISION")
    parser.add_argument("--model", default=None)
    parser.add_argument("--device", default=None)
    parser.add_argument("--texts", type=int, default=1000)
    args = parser.parse_args()
    texts = mixed(args.texts)
    for run in args.runs:
        runtime, _, precision = run.partition(":")
        encoder = load(args.model, runtime=runtime, precision=precision or "auto", device=args.device)
        texts_a_second, milliseconds = speed(encoder, texts)
        space = encoder.space
        print(
            f"{space.runtime} {space.precision}: {texts_a_second:.0f} texts/s, {milliseconds:.1f} ms a question",
            flush=True,
        )


if __name__ == "__main__":
    main()
