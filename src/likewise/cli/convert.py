"""`likewise convert`: a checkpoint of PyTorch into a folder that can be loaded."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from likewise.cli._command import Command
from likewise.cli._output import Output

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "checkpoint",
        metavar="CHECKPOINT",
        type=Path,
        help="a .pth, .pt or .bin file of PyTorch, or a folder of the hub with pytorch_model.bin",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a new folder")
    parser.add_argument(
        "--as",
        dest="kind",
        required=True,
        metavar="KIND",
        help="imagebind, slowfast, slowfast-r101, resnet50, vgg16, folder (of the hub), or tensors: these alone",
    )
    parser.add_argument(
        "--tokenizer", type=Path, metavar="FILE", help="tokenizer.json, or CLIP's bpe_simple_vocab_16e6.txt.gz"
    )


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.convert import convert

    made = convert(args.checkpoint, args.folder, args.kind, tokenizer=args.tokenizer)
    out.line(f"{made.path}: {made.tensors:,} tensors, {made.bytes / 1e6:.1f} MB, as {made.kind}")
    if made.note:
        out.line(made.note)
    out.data({"path": made.path, "kind": made.kind, "tensors": made.tensors, "bytes": made.bytes, "note": made.note})
    return 0


command = Command(
    summary="turn a checkpoint of PyTorch (a pickle) into a folder that can be loaded, without running anything of it",
    about=(
        "Read the tensors of a PyTorch checkpoint and write them as model.safetensors with the config.json that its "
        "makers do not publish. The pickle inside is told apart by a machine that knows tensors, numbers, texts and "
        "containers and nothing else: what asks for anything more is refused by name, so that no code of it can run. "
        "PyTorch is not needed."
    ),
    examples=(
        "likewise convert imagebind_huge.pth imagebind --as imagebind --tokenizer bpe_simple_vocab_16e6.txt.gz",
        "likewise convert SLOWFAST_8x8_R50.pyth slowfast --as slowfast",
        "likewise convert ./LanguageBind_Audio_FT languagebind-audio --as folder",
        "likewise convert resnet50-0676ba61.pth resnet50 --as resnet50",
    ),
    arguments=_arguments,
    run=_run,
)
