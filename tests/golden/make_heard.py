"""Write heard.npz: the features of sounds by the feature extractors of transformers.

Run with an interpreter that has transformers and torch (made with transformers 5.23.0, torch 2.13.0, numpy 2.4.6; no
torchaudio, so that AST's Kaldi filter banks are those of transformers in NumPy):

    PYTHONPATH=src:. python tests/golden/make_heard.py

Where CLAP's extractor draws a crop at random, it is made to take its first crop, or with fusion the middle of a third.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import transformers

from tests.golden.heard import CASES, STEP, sound


def main() -> None:
    kept: dict[str, Any] = {}
    settings = {}
    for name, case in CASES.items():
        extractor = getattr(transformers, case.extractor)(**case.settings)
        with TemporaryDirectory() as place:
            (saved,) = extractor.save_pretrained(place)
            settings[name] = json.loads(Path(saved).read_text())
        heard = sound(case.seconds, extractor.sampling_rate)
        with (
            patch("numpy.random.randint", lambda low, high: low),
            patch("numpy.random.choice", lambda among: among[len(among) // 2]),
        ):
            made = extractor(heard.samples, sampling_rate=heard.rate, return_tensors="np")
        found = np.asarray(made["input_values" if "input_values" in made else "input_features"], np.float32)[0]
        if case.extractor.startswith("Seamless"):
            found = found[: int(made["attention_mask"].sum())]  # without an odd frame, which is masked
        kept[name] = found.ravel()[::STEP]
        kept[f"{name}/shape"] = np.array(found.shape)
        print(name, found.shape, f"{np.abs(found).max():.2f}")
    here = Path(__file__).parent
    np.savez_compressed(here / "heard.npz", **kept)
    lines = [f"{json.dumps(name)}: {json.dumps(value, sort_keys=True)}" for name, value in settings.items()]
    (here / "heard_settings.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
