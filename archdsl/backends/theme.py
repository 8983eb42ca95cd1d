"""The colours of drawings: one table for a light page, one for a dark one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archdsl.ops.base import Family

ThemeName = Literal["light", "dark"]
FONT = "Helvetica,Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Theme:
    """`families` gives a bar and a ground for each kind of operation; the rest is what its name says."""

    page: str
    text: str
    grey: str
    line: str
    border: str
    cluster: str
    cluster_border: str
    block: str
    block_ground: str
    skip: str
    skip_ground: str
    families: dict[Family, tuple[str, str]]


LIGHT = Theme(
    page="#ffffff",
    text="#1f2328",
    grey="#6e7781",
    line="#57606a",
    border="#b8c0cc",
    cluster="#f8f9fb",
    cluster_border="#d0d7de",
    block="#3b6fb6",
    block_ground="#f5f9ff",
    skip="#c0392b",
    skip_ground="#fdecea",
    families={
        "conv": ("#3b6fb6", "#e8f0fa"),
        "norm": ("#8a94a6", "#f1f3f6"),
        "activation": ("#d98e04", "#fdf3e0"),
        "pool": ("#2f8f5b", "#e6f5ec"),
        "linear": ("#7a4fb0", "#f1eafa"),
        "attention": ("#c2436f", "#fbe9ef"),
        "shape": ("#a0a6ae", "#f6f7f9"),
        "formula": ("#2a8f94", "#e3f4f4"),
    },
)
DARK = Theme(
    page="#0d1117",
    text="#e6edf3",
    grey="#8b949e",
    line="#9aa4b0",
    border="#3d444d",
    cluster="#131922",
    cluster_border="#30363d",
    block="#6ea8ff",
    block_ground="#14233b",
    skip="#ff7b6b",
    skip_ground="#3a1a18",
    families={
        "conv": ("#5b93e0", "#16263d"),
        "norm": ("#8a94a6", "#20252d"),
        "activation": ("#e3a32b", "#33270f"),
        "pool": ("#45b078", "#12301f"),
        "linear": ("#a37bdb", "#281d3a"),
        "attention": ("#e0688f", "#391a26"),
        "shape": ("#7d858f", "#1b2027"),
        "formula": ("#3fb3b8", "#0f2e30"),
    },
)
THEMES: dict[ThemeName, Theme] = {"light": LIGHT, "dark": DARK}
