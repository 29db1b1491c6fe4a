"""Tasks out of folders and tables: BEIR's layout, MTEB's columns, one's own CSV, and what is said of what cannot be."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation import Task, evaluate, read
from likewise.evaluation.tasks.bitext_mining import BitextMining
from likewise.evaluation.tasks.classification import Classification
from likewise.evaluation.tasks.clustering import Clustering
from likewise.evaluation.tasks.clustering_sets import ClusteringSets
from likewise.evaluation.tasks.pair_classification import PairClassification
from likewise.evaluation.tasks.reranking import Reranking
from likewise.evaluation.tasks.retrieval import Retrieval
from likewise.evaluation.tasks.sts import STS
from likewise.evaluation.tasks.zero_shot import ZeroShot
from tests.evaluation.worded import Worded

Rows = list[dict[str, Any]]


def _jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def _parquet(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


CORPUS: Rows = [{"_id": "a", "title": "Boats", "text": "a sail"}, {"_id": "b", "title": "", "text": "an oven"}]
QUERIES: Rows = [{"_id": "1", "text": "sail"}, {"_id": "2", "text": "oven"}, {"_id": "3", "text": "nothing"}]
QRELS = "query-id\tcorpus-id\tscore\n1\ta\t2\n2\tb\t1\n"


def _beir(folder: Path) -> Path:
    _jsonl(folder / "corpus.jsonl.gz", CORPUS)
    _jsonl(folder / "queries.jsonl", QUERIES)
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(QRELS)
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\n2\ta\t1\n")
    return folder


def _only(tasks: tuple[Task, ...], kind: type[Any]) -> Any:
    (task,) = tasks
    assert type(task) is kind
    return task


def test_a_folder_of_beir(tmp_path: Path) -> None:
    task = _only(read(_beir(tmp_path / "boats")), Retrieval)
    assert (task.name, task.own) == ("boats", True)
    assert task.documents == {"a": "Boats a sail", "b": "an oven"}
    assert task.queries == {"1": "sail", "2": "oven"}
    assert task.judged == {"1": {"a": 2.0}, "2": {"b": 1.0}}
    assert next(evaluate(Worded(), [task])).score == 1.0
    other = _only(read(tmp_path / "boats", split="train"), Retrieval)
    assert other.judged == {"2": {"a": 1.0}}
    assert other.notes == ("split 'train'",)


def test_the_parquet_of_mteb_is_read_as_the_same_task(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    _parquet(folder / "corpus" / "corpus-00000-of-00002.parquet", CORPUS[:1])
    _parquet(folder / "corpus" / "corpus-00001-of-00002.parquet", CORPUS[1:])
    _parquet(folder / "queries" / "queries-00000-of-00001.parquet", QUERIES)
    judged = [dict(zip(("query-id", "corpus-id", "score"), row, strict=True)) for row in (("1", "a", 2), ("2", "b", 1))]
    _parquet(folder / "data" / "test-00000-of-00001.parquet", judged)
    task, other = _only(read(folder), Retrieval), _only(read(_beir(tmp_path / "boats")), Retrieval)
    assert (task.documents, task.queries, task.judged) == (other.documents, other.queries, other.judged)


def test_candidates_make_it_reranking(tmp_path: Path) -> None:
    folder = _beir(tmp_path / "boats")
    _jsonl(folder / "top_ranked.jsonl", [{"query-id": "1", "corpus-ids": ["b", "a"]}])
    task = _only(read(folder), Reranking)
    assert task.candidates == {"1": ["b", "a"]}
    assert next(evaluate(Worded(), [task])).scores["recall_at_1000"] == 0.5  # query 2 has no candidates
    assert type(read(folder, kind="retrieval")[0]) is Retrieval


TABLES: dict[str, tuple[Rows, type[Any]]] = {
    "sts": ([{"sentence1": "a b", "sentence2": "a", "score": s} for s in (3.5, 0, None, 5)], STS),
    "pairs": ([{"sentence1": "a", "sentence2": "b", "label": s} for s in (0, 1)], PairClassification),
    "rows": ([{"sentence1": ["a", "b"], "sentence2": ["a", "c"], "labels": [1, 0]}], PairClassification),
    "bitext": ([{"sentence1": "a", "sentence2": "b"}], BitextMining),
    "texts": ([{"text": f"{label} {n}", "label": label} for n in range(10) for label in "xy"], Classification),
    "groups": ([{"sentences": "a", "labels": 1}, {"sentences": "b", "labels": 2}], Clustering),
    "sets": ([{"sentences": ["a", "b"], "labels": ["x", "y"]}], ClusteringSets),
    "reranked": (
        [
            {"query": "a", "positive": ["a b"], "negative": ["c", "d"]},
            {"query": "b", "positive": [], "negative": ["c"]},
        ],
        Reranking,
    ),
    "found": ([{"query": "a", "document": "a b"}, {"query": "b", "document": "c"}], Retrieval),
}


@pytest.mark.parametrize("name", TABLES)
def test_columns_say_the_kind(tmp_path: Path, name: str) -> None:
    rows, kind = TABLES[name]
    as_lines = _only(read(_jsonl(tmp_path / "lines" / "test.jsonl", rows).parent), kind)
    as_parquet = _only(read(_parquet(tmp_path / "table" / "test-00000-of-00001.parquet", rows).parent), kind)
    for one in as_lines.inputs:
        assert list(as_lines.inputs[one].items) == list(as_parquet.inputs[one].items)


def test_what_lacks_a_truth_is_left_out_and_told(tmp_path: Path) -> None:
    task = _only(read(_jsonl(tmp_path / "t" / "test.jsonl", TABLES["sts"][0]).parent), STS)
    assert task.likeness == [3.5, 0.0, 5.0]
    assert task.notes == ("1 of 4 pairs have no score and were left out",)
    task = _only(read(_jsonl(tmp_path / "r" / "test.jsonl", TABLES["reranked"][0]).parent), Reranking)
    assert task.notes == ("1 of 2 queries have no candidate of both kinds and were left out",)
    assert list(task.queries) == ["q0"]


def test_a_csv_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text('query,document,score\nsail,"a boat, a sail",1\nsail,an oven,0\noven,an oven,\n')
    task = _only(read(path), Retrieval)
    assert task.documents == {"d0": "a boat, a sail", "d1": "an oven"}
    assert task.judged == {"q0": {"d0": 1.0, "d1": 0.0}, "q1": {"d1": 1.0}}
    (tmp_path / "said").mkdir()
    (tmp_path / "said" / "all.csv").write_text("A,B,alike\nx,y,1\nx,x,5\n")
    (tmp_path / "said" / "task.toml").write_text(
        'name = "mine"\n[columns]\nsentence1 = "A"\nsentence2 = "B"\nscore = "alike"\n[options]\nrole = "query"\n'
    )
    said = _only(read(tmp_path / "said"), STS)
    assert (said.name, said.one, said.role) == ("mine", ["x", "x"], "query")


def test_classification_learns_from_the_split_train(tmp_path: Path) -> None:
    rows = TABLES["texts"][0]
    _jsonl(tmp_path / "t" / "train.jsonl", rows)
    _jsonl(tmp_path / "t" / "test.jsonl", rows[:4])
    task = _only(read(tmp_path / "t"), Classification)
    assert (len(task.train[0]), len(task.test[0])) == (20, 4)
    alone = _only(read(_jsonl(tmp_path / "one.jsonl", rows)), Classification)
    assert alone.test is None
    assert alone.notes == ("there is no split train: five folds of this one",)
    assert next(evaluate(Worded(), [alone])).score == 1.0


def test_words_for_classes_make_it_zero_shot(tmp_path: Path) -> None:
    _jsonl(tmp_path / "t" / "test.jsonl", [{"text": "a sail", "label": 0}, {"text": "oven", "label": 1}])
    _jsonl(tmp_path / "t" / "labels.jsonl", [{"labels": "sail"}, {"labels": "bread", "text": "oven bread"}])
    task = _only(read(tmp_path / "t"), ZeroShot)
    assert task.described == {0: "sail", 1: "oven bread"}
    assert next(evaluate(Worded(), [task])).score == 1.0


def test_a_folder_of_folders_is_many_tasks(tmp_path: Path) -> None:
    _beir(tmp_path / "boats")
    _jsonl(tmp_path / "pairs" / "test.jsonl", TABLES["pairs"][0])
    (tmp_path / "empty").mkdir()
    assert [(task.name, task.kind) for task in read(tmp_path)] == [
        ("boats", "retrieval"),
        ("pairs", "pair_classification"),
    ]


def _spoiled(folder: Path, file: str, text: str) -> Path:
    made = _beir(folder)
    (made / file).write_text(text)
    return made


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\tnone\t1\n", "0 queries and 1 documents that are not there"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\ta\tgood\n", "row 1: the score 'good' is no number"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\ta\n", "line 2: 2 cells, the header has 3"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\ta\t0\n", "none of 1 queries has a relevant document"),
        ("queries.jsonl", '{"_id": "1"}\n{"_id": "2", "text": "x"}\n', "row 1: no text or query"),
        ("queries.jsonl", '{"_id": "1", "text": "x"}\n' * 2, "the id '1' comes twice"),
        ("queries.jsonl", "[1]\n", "line 1: a list, wanted an object"),
        ("queries.jsonl", "{", "line 1: not JSON"),
        ("task.toml", "nam = 1\n", "there is no setting 'nam'"),
        ("task.toml", "own = 1\n", "own is 1, wanted a bool"),
        ("task.toml", "own\n", "is no TOML"),
        ("task.toml", 'split = "dev"\n', "has no split 'dev'; there are test, train"),
        ("task.toml", 'kind = "sts"\n', "it is retrieval, not sts"),
        ("task.toml", 'kind = "reranking"\n', "has no top_ranked"),
        ("task.toml", "[options]\nrounds = 3\n", "retrieval has no option 'rounds'; it has "),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, file: str, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(_spoiled(tmp_path / "t", file, text))


def test_what_is_no_task_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no task at"):
        read(tmp_path / "none")
    with pytest.raises(InputError, match="holds no task"):
        read(tmp_path)
    strange = _jsonl(tmp_path / "x.jsonl", [{"words": "a"}])
    with pytest.raises(InputError, match="columns words are of no kind"):
        read(strange)
    with pytest.raises(InputError, match="there is no kind of task 'guess'"):
        read(strange, kind="guess")
    with pytest.raises(InputError, match="row 1: no sentence1"):
        read(strange, kind="bitext-mining")
    two = tmp_path / "two"
    for name in ("spring", "autumn"):
        _jsonl(two / f"{name}.jsonl", TABLES["pairs"][0])
    with pytest.raises(InputError, match="choose one of autumn, spring"):
        read(two)


def test_a_document_may_answer_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("query,document,score\nriver,river water,1\ncow,milk cow,\n,grey stone,\n,river water,\n")
    (task,) = read(path)
    assert isinstance(task, Retrieval)
    assert set(task.documents.values()) == {"river water", "milk cow", "grey stone"}
    assert set(task.queries.values()) == {"river", "cow"}
    path.write_text("query,document,score\nriver,river water,1\nriver,river water,1\n")
    assert len(read(path)[0].inputs["documents"].items) == 1
    path.write_text("query,document,score\nriver,river water,1\nriver,river water,0\n")
    with pytest.raises(InputError, match="row 2: the same query and document have the score 1 and 0"):
        read(path)
    path.write_text("query,document\n,grey stone\n")
    with pytest.raises(InputError, match="none of 0 queries has a relevant document"):
        read(path)


@pytest.mark.parametrize("kind", parts.names("evaluation.tasks"))
@pytest.mark.parametrize(
    "row", [{"other": "a"}, {"query": "a"}, {"sentence1": "a"}, {"text": "a"}, {"query": "a", "positive": ["b"]}]
)
def test_columns_that_do_not_fit_are_named(kind: str, row: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(f"{json.dumps(row)}\n" * 2)
    with pytest.raises(InputError, match=r"t\.jsonl|no kind of task"):
        read(path, kind=kind)
