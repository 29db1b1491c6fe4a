"""A folder of photos, recordings, films and notes in one collection, with real encoders.

    python -m benchmarks.mixed [--data ../shared/data]           # add, then search across kinds

The encoders are Coral's MobileNet and YAMNet (`examples/models`, weights from the data folder) and the default model of
texts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from likewise.cli import main as likewise

EXAMPLES = Path(__file__).parents[1] / "examples" / "models"
WEIGHTS = {
    "coral-mobilenet-v1": ("coral-mobilenet/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite",),
    "yamnet": ("yamnet/yamnet.tflite", "yamnet/yamnet_class_map.csv"),
}
PHOTO = (3000, 4000)


def _models(data: Path, folder: Path) -> dict[str, Path]:
    """The TOMLs beside their weights."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, files in WEIGHTS.items():
        for file in files:
            shutil.copyfile(data / "models" / file, folder / Path(file).name)
        shutil.copyfile(EXAMPLES / f"{name}.toml", folder / f"{name}.toml")
    return {name: folder / f"{name}.toml" for name in WEIGHTS}


def _folder(data: Path, folder: Path) -> None:
    """Three photos of every product, sixty sounds, the short films, the Markdown notes."""
    for product in sorted({path.parent for path in (data / "image_text/grocery/train").rglob("*.jpg")}):
        for photo in sorted(product.glob("*.jpg"))[:3]:
            _copied(photo, folder / "photos" / product.name)
    for sound in sorted((data / "audio/esc10").rglob("*.ogg")):
        _copied(sound, folder / "sounds" / sound.parent.name)
    for film in sorted((data / "video").rglob("*")):
        if film.suffix in (".mp4", ".mkv", ".avi") and film.stat().st_size < 6_000_000:
            _copied(film, folder / "films")
    for note in sorted((data / "ingest/unstructured").glob("*.md")):
        _copied(note, folder / "notes")


def _copied(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)


def _say(*words: str | Path) -> None:
    print("$ likewise", *words, flush=True)
    likewise([str(word) for word in words])
    print()


def transcript(data: Path, work: Path) -> None:
    """Add everything and search it by picture, sound, words and moment."""
    models, made, folder = _models(data, work / "models"), work / "all.likewise", work / "phone"
    _folder(data, folder)
    photo = sorted((data / "image_text/grocery/train").rglob("Kiwi*.jpg"))[-1]
    rooster = sorted((folder / "sounds").glob("*Rooster/*.ogg"))[0]
    _say("add", folder, "--to", made, "--image-model", models["coral-mobilenet-v1"], "--audio-model", models["yamnet"])
    _say("status", made)
    _say("search", made, "--image", photo, "-k", "3")
    _say("search", made, "--audio", rooster, "-k", "4")
    _say("search", made, "helicopter", "-k", "3")
    _say("search", made, "--like", f"{folder / 'films' / 'flipping_a_pancake.mkv'}#00:06", "-k", "4")
    _say("search", made, "ripe", "--image", photo)
    _say("label", rooster, "--model", models["yamnet"], "--top", "3")
    _say("sync", made)
    _say("verify", made)


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("LIKEWISE_DATA", "../shared/data"))
    args = parser.parse_args()
    data = Path(args.data).expanduser()
    if not (data / "models" / "yamnet").is_dir():
        print(f"there is no data at {data}: set LIKEWISE_DATA or --data", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="likewise-mixed-") as work:
        transcript(data, Path(work))
    return 0


if __name__ == "__main__":
    sys.exit(main())
