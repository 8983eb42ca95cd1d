"""Files that a spec may name."""

from __future__ import annotations

import os
from pathlib import Path

MOST = 1_000
"""entries of a folder that are looked at"""


def files(spec: str, begun: str) -> list[str]:
    """The paths of specs and folders that a path may go on with: relative to the file that names them, and not out of its folder."""
    folder = begun.rpartition("/")[0]
    here = Path(spec).parent
    if os.path.isabs(folder) or ".." in Path(folder).parts:
        return []
    try:
        with os.scandir(here / folder) as entries:
            found = sorted((entry.name, entry.is_dir()) for entry, _ in zip(entries, range(MOST), strict=False))
    except OSError:
        return []
    prefix = f"{folder}/" if folder else ""
    kept = [f"{prefix}{name}/" if inside else f"{prefix}{name}" for name, inside in found if inside or name.endswith((".yaml", ".yml"))]
    return [path for path in kept if not path.startswith(f"{prefix}.") and path != Path(spec).name]
