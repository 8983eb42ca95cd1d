"""Images in folders, one for each class."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from archdsl.diagnostics import Diagnostic, Span
from archdsl.training.parts import Data, Named, Unreadable, divided
from archdsl.training.source import Wanted

SUFFIXES = frozenset((".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"))
PARTS = ("val", "valid", "validation", "test")
"""what the folder beside `train` may be called"""
SHOWN = 5
LAYOUT = "it holds a folder of images for each class, or `train` and `val` (or `test`) that do"


@dataclass(frozen=True, eq=False)
class Images(Named):
    """Files of images with their classes. An image that cannot be decoded whole is `Unreadable`."""

    files: tuple[tuple[Path, int], ...]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int, /) -> tuple[Any, int]:
        path, label = self.files[index]
        try:
            with Image.open(path) as image:
                image.load()
                return ImageOps.exif_transpose(image), label
        except UnidentifiedImageError:
            raise Unreadable(str(path), "no image that can be read" if path.stat().st_size else "an empty file") from None
        except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
            raise Unreadable(str(path), str(error).partition("\n")[0] or type(error).__name__) from None

    def name(self, index: int) -> str:
        return str(self.files[index][0])


def image_folder(wanted: Wanted) -> Data:
    """The images below a folder, which stands beside the recipe's file, below the data root or where we are. Raises `Fault`."""
    folder = _folder(wanted)
    train = folder / "train"
    if not train.is_dir():
        classes = _classes(folder, wanted)
        images, warnings = _images(folder, classes, wanted)
        labels = [label for _, label in images.files]
        return replace(divided(folder.name, images, labels, classes, wanted["held_out"]), warnings=warnings)
    test = next((folder / name for name in PARTS if (folder / name).is_dir()), None)
    if test is None:
        help = f"call one {', '.join(f'`{part}`' for part in PARTS[:-1])} or `{PARTS[-1]}`"
        raise wanted.fault("AD4404", f"`{folder}` has `train`, and no folder for evaluation beside it", help)
    classes = _classes(train, wanted)
    strange = [name for name in _classes(test, wanted) if name not in classes]
    if strange:
        help = "a network can only be right about classes that it was trained on"
        raise wanted.fault("AD4404", f"`{test}` has classes that `{train}` has not: {_some(strange)}", help)
    (first, warned), (second, more) = (_images(part, classes, wanted) for part in (train, test))
    return Data(folder.name, first, second, classes, (*warned, *more))


def _folder(wanted: Wanted) -> Path:
    path = Path(wanted["path"]).expanduser()
    beside = Path(wanted.called.span.source.name).parent
    tried = [base / path for base in dict.fromkeys((beside, Path(), wanted.folder))]
    found = next((one for one in tried if one.is_dir()), None)
    if found is not None:
        return Path(os.path.abspath(found))
    places = ", ".join(f"`{place}`" for place in dict.fromkeys(map(os.path.abspath, tried)))
    raise wanted.fault("AD4404", f"there is no folder `{path}`", f"looked for {places}")


def _classes(folder: Path, wanted: Wanted) -> tuple[str, ...]:
    """The names of the folders in a folder, in order."""
    names = tuple(sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith(".")))
    if not names:
        raise wanted.fault("AD4404", f"`{folder}` has no folders of classes", LAYOUT)
    return names


def _images(folder: Path, classes: tuple[str, ...], wanted: Wanted) -> tuple[Images, tuple[Diagnostic, ...]]:
    """The images of each class. Raises `Fault` where there are none at all."""
    files: list[tuple[Path, int]] = []
    others: Counter[str] = Counter()
    for label, name in enumerate(classes):
        for path in _walk(folder / name):
            if path.suffix.lower() in SUFFIXES:
                files.append((path, label))
            else:
                others[path.suffix or "none"] += 1
    if not files:
        suffixes = f"; there are files with the suffixes {_some(list(others))}" if others else ""
        raise wanted.fault("AD4404", f"`{folder}` has no images{suffixes}", f"images end in {', '.join(sorted(SUFFIXES))}")
    there = {label for _, label in files}
    empty = [name for label, name in enumerate(classes) if label not in there]
    return Images(tuple(files)), tuple(_remarks(folder, empty, others, wanted.called.span))


def _remarks(folder: Path, empty: list[str], others: Counter[str], span: Span) -> Iterator[Diagnostic]:
    if empty:
        yield Diagnostic("AD4405", "warning", f"`{folder}` has no images of {_some(empty)}", span)
    if others:
        said = ", ".join(f"{count:,} of {suffix}" for suffix, count in others.most_common(SHOWN))
        message = f"{others.total():,} files below `{folder}` are left out for their suffix: {said}"
        yield Diagnostic("AD4405", "warning", message, span, help=f"images end in {', '.join(sorted(SUFFIXES))}")


def _walk(folder: Path) -> Iterator[Path]:
    """The files below a folder, in order; none of hidden names."""
    for base, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(base, name) for name in sorted(names) if not name.startswith("."))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(f"`{name}`" for name in names[:SHOWN]) + more
