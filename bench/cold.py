"""What does `archdsl check` cost when nothing is loaded yet? Against importing torch, which any other way of asking would pay."""

from __future__ import annotations

from bench.pairs import Row, commands, table

CHECK = ("-m", "archdsl", "check", "specs/resnet18.yaml")
TORCH = ("-c", "import torch")
LIBRARIES = ("-c", "import yaml, pydantic, typer")
META = """
import torch, torchvision
with torch.device("meta"), torch.no_grad():
    torchvision.models.resnet18().eval()(torch.empty(1, 3, 224, 224))
"""


def rows() -> list[Row]:
    """The command, and what no command built on these libraries can go below."""
    return [
        commands("cold `archdsl check resnet18` / `import torch`", CHECK, TORCH, 0.12),
        commands("`import yaml, pydantic, typer` / `import torch`", LIBRARIES, TORCH, 0.12),
        commands("cold `archdsl check resnet18` / cold meta forward", CHECK, ("-c", META), 0.12, pairs=9),
    ]


if __name__ == "__main__":
    print(table(rows()))
