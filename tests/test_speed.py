"""`archdsl bench`: what it runs, and how it answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import archdsl
from archdsl.cli import main
from archdsl.inspect.speed import WAYS, speeds

SPEC = "name: small\ninput: [3, 16, 16]\nbody: [conv 8, relu, global_avg_pool, flatten, linear 4]\n"


def test_every_way_is_timed_and_what_it_needs_is_told() -> None:
    network = archdsl.load(SPEC)
    found = list(speeds(network.graph, network.build(), batches=(2, 512), ways=WAYS[:3], seconds=0.01))
    assert [(speed.way, speed.batch) for speed in found] == [(way, batch) for way in WAYS[:3] for batch in (2, 512)]
    assert all(0 < speed.lower <= speed.seconds <= speed.upper for speed in found)
    eager = {speed.batch: speed.memory for speed in found if speed.way == "eager"}
    if eager[512] is not None:
        assert eager[512] >= 512 * 8 * 16 * 16 * 4, "the result of the convolution alone needs so much"


def test_a_network_without_an_image_has_no_channels_last() -> None:
    network = archdsl.load("name: row\ninput: [16]\nbody: [linear 4]\n")
    assert [speed.way for speed in speeds(network.graph, network.build(), batches=(1,), ways=WAYS[:2], seconds=0.01)] == ["eager"]
    with pytest.raises(ValueError, match="no way to run"):
        next(speeds(network.graph, network.build(), ways=["fast"]))


def test_the_command_prints_a_table_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(SPEC)
    words = ["bench", str(spec), "--seconds", "0.01", "--way", "eager", "--batch", "4"]
    assert main(words) == 0
    assert "images/s" in capsys.readouterr().out
    assert main([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["batch"] == 4


@pytest.mark.parametrize("command", ["bench", "build", "train"])
def test_a_device_that_is_not_there_is_a_wrong_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(SPEC)
    assert main([command, str(spec), "--device", "cuda:99"]) == 2
    assert "no device `cuda:99` here" in capsys.readouterr().err


def test_a_network_is_built_inside_inference_mode() -> None:
    with torch.inference_mode():
        model = archdsl.build(SPEC, seed=0)
        assert model(torch.rand(2, 3, 16, 16)).shape == (2, 4)
    assert torch.equal(model.state_dict()["0.weight"], archdsl.build(SPEC, seed=0).state_dict()["0.weight"])
