"""What likewise is used for: one use per file; each exports one function that returns a frozen result.

An app takes what it needs as arguments (a collection, an encoder), never opens or prints anything of its own
accord, and has a command in `cli/` and a page in `docs/`.
"""
