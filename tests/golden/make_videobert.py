"""Write videobert.npz: what transformers makes of the ids of the golden VideoBERT, the mean of words and clip tokens.

Run with an interpreter that has transformers and torch (made with transformers 5.23.0, torch 2.13.0):

    PYTHONPATH=src:. python tests/golden/make_videobert.py
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
import transformers

from tests.golden.videobert import IDS, made


def main() -> None:
    with TemporaryDirectory() as place:
        folder = made(Path(place))
        model = transformers.BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    found = []
    for ids, types in IDS:
        with torch.no_grad():
            states = model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([types])).last_hidden_state[0]
        join = model.config.vocab_size - 10
        pooled = states[[i for i, one in enumerate(ids) if one not in (2, 3, join)]].mean(0)
        found.append((pooled / pooled.norm()).numpy())
    np.savez_compressed(Path(__file__).with_name("videobert.npz"), vectors=np.stack(found))
    print(np.stack(found))


if __name__ == "__main__":
    main()
