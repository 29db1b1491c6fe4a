"""RoBERTa (Liu et al. 2019, arXiv:1907.11692): BERT whose places are counted from behind the padding's."""

from __future__ import annotations

from likewise.networks._encoder import Encoder

__all__ = ["RobertaEncoder"]


class RobertaEncoder(Encoder):
    """The first place has the row `pad_token_id + 1`: a table of 514 rows holds texts of 512 tokens."""

    def gap(self) -> int:
        return self.facts.integer("pad_token_id", 1, least=0) + 1
