"""The filter language: `year >= 2020 and (kind = "pdf" or not lang in ("de", "fr"))`, one parser to one tree.

    expression  = all {"or" all}                    all = one {"and" one}
    one         = "not" one | "(" expression ")" | field test
    test        = ("=" | "!=" | "<" | "<=" | ">" | ">=") value
                | ["not"] "in" "(" value {"," value} ")"
                | "contains" text | "starts with" text | "is" ["not"] "null"
    field       = a name such as year or file.size, or anything between backquotes (doubled inside: ``)
    value       = a number | text in 'single' or "double" quotes (doubled inside) | true | false | null

A comparison looks only at values of its own type: text, number or boolean (true is not 1). A field that is missing,
null, NaN or of another type passes no comparison, not even `!=`; `not (year = 2020)` is true where year is missing.
Text compares case by case in code point order; `contains` and `starts with` ignore case. Keywords ignore case.
`Filter.matches` is the meaning; whatever a store does to be fast must agree with it.
"""

from likewise.where._grammar import parse
from likewise.where._tree import All, Compare, Either, Filter, In, Kind, Leaf, Missing, Node, Not, Search, kind_of

__all__ = [
    "All",
    "Compare",
    "Either",
    "Filter",
    "In",
    "Kind",
    "Leaf",
    "Missing",
    "Node",
    "Not",
    "Search",
    "kind_of",
    "parse",
]
