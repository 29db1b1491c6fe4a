"""Kinds of tasks, one a file, by MTEB's protocols: the same sampling, seeds and scores (names too).

Each exports one class, a `Task` made of data that is read already. Where MTEB reports several similarities, ours is
the cosine, as it is in every search of likewise.
"""
