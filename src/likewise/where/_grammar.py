"""Reading a filter: recursive descent over the grammar told in `likewise.where`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from likewise.errors import FilterError
from likewise.where._tree import (
    ORDER,
    RESERVED,
    All,
    Compare,
    Either,
    Filter,
    In,
    Kind,
    Leaf,
    Missing,
    Node,
    Not,
    Search,
    Value,
    fail,
)

__all__ = ["parse"]

_LONGEST = 20_000
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "name" else ""


_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))
      | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
      | (?P<quoted>`(?:[^`]|``)+`)
      | (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
      | (?P<op><=|>=|!=|<>|==|=|<|>|\(|\)|,)""",
    re.VERBOSE,
)


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            if text[at] in "\"'`":
                fail(text, at, f"wanted the closing {text[at]} of what begins here")
            fail(text, at, f"{text[at]!r} means nothing here; a field with other letters goes between backquotes")
        if found.lastgroup != "space":
            tokens.append(_Token(str(found.lastgroup), found.group(), at))
        at = found.end()
    return [*tokens, _Token("end", "", len(text))]


def parse(text: str) -> Filter:
    """Read a filter; FilterError shows the place and what was wanted there."""
    if len(text) > _LONGEST:
        raise FilterError(f"the filter has {len(text):,} characters, at most {_LONGEST:,} are read; make it shorter")
    parser = _Parser(text)
    tree = parser.either(0)
    parser.want_end()
    return Filter(tree, text)


def _kind(value: Value) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next += token.kind != "end"
        return token

    def _skip(self, *words: str) -> bool:
        """Pass over these words or signs if they come next, all of them."""
        ahead = self._tokens[self._next : self._next + len(words)]
        if [t.word or (t.text if t.kind == "op" else "") for t in ahead] != list(words):
            return False
        self._next += len(words)
        return True

    def _fail(self, wanted: str) -> NoReturn:
        found = f"found {self._token.text!r}" if self._token.text else "the filter ends"
        fail(self._text, self._token.at, f"wanted {wanted}, {found}")

    def want_end(self) -> None:
        if self._token.kind != "end":
            self._fail("`and`, `or` or the end")

    def either(self, depth: int) -> Node:
        if depth > _DEEPEST:
            fail(self._text, self._token.at, f"more than {_DEEPEST} levels of `not` and parentheses")
        nodes = [self._all(depth)]
        while self._skip("or"):
            nodes.append(self._all(depth))
        return nodes[0] if len(nodes) == 1 else Either(tuple(nodes))

    def _all(self, depth: int) -> Node:
        nodes = [self._one(depth)]
        while self._skip("and"):
            nodes.append(self._one(depth))
        return nodes[0] if len(nodes) == 1 else All(tuple(nodes))

    def _one(self, depth: int) -> Node:
        if depth > _DEEPEST:
            fail(self._text, self._token.at, f"more than {_DEEPEST} levels of `not` and parentheses")
        if self._skip("not"):
            return Not(self._one(depth + 1))
        if self._skip("("):
            node = self.either(depth + 1)
            if not self._skip(")"):
                self._fail("`)`, `and` or `or`")
            return node
        return self._leaf()

    def _leaf(self) -> Leaf:
        if self._token.kind not in ("name", "quoted") or self._token.word in RESERVED:
            self._fail("the name of a field, `not` or `(`")
        token = self._take()
        name = token.text if token.kind == "name" else token.text[1:-1].replace("``", "`")
        if self._skip("is"):
            without = self._skip("not")
            if not self._skip("null"):
                self._fail("`null`" if without else "`null` or `not null`")
            return Missing(name, without, token.at)
        return self._in(name, token.at) or self._search(name, token.at) or self._compare(name, token.at)

    def _in(self, name: str, at: int) -> In | None:
        without = self._skip("not", "in")
        if not without and not self._skip("in"):
            return None
        if not self._skip("("):
            self._fail("`(` and a list of values")
        values = [self._value()]
        kind = _kind(values[0])
        while self._skip(","):
            place = self._token
            values.append(self._value())
            if _kind(values[-1]) != kind:
                fail(self._text, place.at, f"the values of a list are of one type, this one is not {kind}")
        if not self._skip(")"):
            self._fail("`,` or `)`")
        return In(name, tuple(values), kind, without, at)

    def _search(self, name: str, at: int) -> Search | None:
        op: Literal["contains", "starts with"] = "contains"
        if not self._skip("contains"):
            if not self._skip("starts", "with"):
                return None
            op = "starts with"
        if self._token.kind != "text":
            self._fail(f"text in quotes after `{op}`")
        return Search(name, op, str(self._value()), at)

    def _compare(self, name: str, at: int) -> Compare | Missing:
        op = {"==": "=", "<>": "!="}.get(self._token.text, self._token.text)
        if self._token.kind != "op" or op not in ORDER:
            self._fail(f"=, !=, <, <=, >, >=, in, not in, contains, starts with or is null after the field {name!r}")
        self._take()
        place = self._token
        if op in ("=", "!=") and self._skip("null"):
            return Missing(name, op == "!=", at)
        value = self._value()
        kind = _kind(value)
        if kind == "boolean" and op not in ("=", "!="):
            fail(self._text, place.at, f"true and false are only equal or not, {op} does not order them")
        return Compare(name, op, value, kind, at)

    def _value(self) -> Value:
        token = self._token
        if token.kind == "text":
            quote = token.text[0]
            return self._take().text[1:-1].replace(quote * 2, quote)
        if token.kind == "number":
            return self._number(self._take())
        if token.word in ("true", "false"):
            return self._take().word == "true"
        hint = "; a missing field is asked for with `is null`" if token.word == "null" else ""
        return self._fail(f"a number, text in quotes, true or false{hint}")

    def _number(self, token: _Token) -> int | float:
        if re.fullmatch(r"[+-]?[0-9]+", token.text) and len(token.text) <= 400:
            return int(token.text)
        value = float(token.text)
        if not math.isfinite(value):
            fail(self._text, token.at, "the number is too large")
        return value
