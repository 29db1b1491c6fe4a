"""Source code and configuration, cut at blank lines and top-level definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import final

from likewise.formats import Claim, File, Format
from likewise.formats._decode import decode
from likewise.formats._paragraphs import paragraphs
from likewise.types import Part

__all__ = ["Code"]

_SUFFIXES = """
py pyi pyx js mjs cjs jsx ts tsx vue svelte go rs java kt kts scala groovy c h cc cpp cxx hpp hh hxx m mm cs fs vb swift
rb php pl pm lua r jl dart ex exs erl hrl clj cljs hs ml mli elm nim zig d pas f f90 f95 asm s sh bash zsh fish ps1 bat
cmd sql graphql proto thrift yaml yml toml ini cfg conf properties xml xsl xslt xsd svg css scss sass less cmake mk
gradle tf hcl nix dockerfile diff patch el lisp scm tcl v sv vhd vhdl gd po
"""
_OPENS = re.compile(
    r"^(?=(?:@\w|(?:export |pub |public |private |protected |static |async |default |abstract |final )*"
    r"(?:def|class|func|fn|function|interface|struct|enum|trait|impl|type|module|namespace|package|record) ))",
    re.M,
)


@final
class Code(Format):
    """Blocks of source lines; places count in the decoded text."""

    name = "code"
    suffixes = tuple(f".{name}" for name in _SUFFIXES.split())

    def claim(self, file: File) -> Claim:
        if not file.textual:
            return Claim.NO
        if file.suffix in self.suffixes:
            return Claim.SUFFIX
        return Claim.LOOKS if not file.suffix and file.head.startswith((b"#!", b"<?xml")) else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        file.metadata["language"] = file.language
        return paragraphs(decode(file), "code", _OPENS)
