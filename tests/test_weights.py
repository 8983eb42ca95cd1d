"""Weights go round, fit or are refused whole, and no file is trusted."""

from __future__ import annotations

import json
import pickle
import struct
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import archdsl
from archdsl import SpecError
from archdsl.weights import load, read, save

TEXT = "input: [3, 8, 8]\nbody: [conv 4, batch_norm, relu, global_avg_pool, flatten, linear 5]\n"


def codes(caught: pytest.ExceptionInfo[SpecError]) -> list[str]:
    return [found.code for found in caught.value.diagnostics]


def state(model: nn.Module) -> dict[str, Tensor]:
    return {key: tensor.clone() for key, tensor in model.state_dict().items()}


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return list(one) == list(other) and all(torch.equal(tensor, other[key]) for key, tensor in one.items())


@pytest.mark.parametrize("suffix", ["safetensors", "pt", "pth"])
def test_weights_go_round(suffix: str, tmp_path: Path) -> None:
    one, other = archdsl.build(TEXT, seed=1), archdsl.build(TEXT, seed=2)
    path = tmp_path / f"net.{suffix}"
    if suffix == "safetensors":
        save(one, path)
    else:
        torch.save({"state_dict": one.state_dict(), "epoch": 3} if suffix == "pth" else one.state_dict(), path)
    report = load(other, path)
    assert report.loaded == tuple(one.state_dict())
    assert (report.mismatched, report.missing, report.unused) == ((), (), ())
    assert equal(state(one), state(other))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_layouts_and_types_are_converted(tmp_path: Path) -> None:
    one = archdsl.build(TEXT, seed=1).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    save(one, tmp_path / "net.safetensors")
    half = {key: t.half() if t.is_floating_point() else t for key, t in load_file(tmp_path / "net.safetensors").items()}
    other = archdsl.build(TEXT, seed=2)
    load(other, half)
    assert other.state_dict()["0.weight"].dtype == torch.float32
    assert torch.equal(other.state_dict()["0.weight"], one.state_dict()["0.weight"].half().float())


def test_what_does_not_fit_is_told_in_one_run_and_nothing_is_loaded(tmp_path: Path) -> None:
    network = archdsl.load(TEXT)
    model = network.build(seed=1)
    before = state(model)
    weights = {key: tensor + 1 for key, tensor in before.items()}
    weights["0.weight"] = torch.zeros(4, 3, 5, 5)
    weights["5.bias"] = weights["5.bias"].long()
    weights["5.wieght"] = weights.pop("5.weight")
    with pytest.raises(SpecError) as caught:
        load(model, weights, network.graph)
    assert codes(caught) == ["AD4206", "AD4206", "AD4207", "AD4208"]
    shape, kind, missing, unused = caught.value.diagnostics
    assert "4×3×5×5 in the file, 4×3×3×3 in the network" in shape.message
    assert (shape.span.line, shape.span.text) == (2, "conv 4")
    assert kind.span.text == missing.span.text == "linear 5"
    assert "5.wieght" in str(missing.help)
    assert "5.weight" in str(unused.help)
    assert equal(state(model), before)
    report = load(model, weights, network.graph, partial=True)
    assert (report.mismatched, report.missing, report.unused) == (("0.weight", "5.bias"), ("5.weight",), ("5.wieght",))
    assert torch.equal(model.state_dict()["1.weight"], before["1.weight"] + 1)
    assert torch.equal(model.state_dict()["0.weight"], before["0.weight"])


def test_old_files_lack_the_counters_of_batch_norms() -> None:
    model = archdsl.build(TEXT, seed=1)
    weights = {key: tensor for key, tensor in state(model).items() if not key.endswith("num_batches_tracked")}
    assert load(model, weights).missing == ("1.num_batches_tracked",)


def entries(**changes: object) -> dict[str, object]:
    plain = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [1], "data_offsets": [8, 12]}}
    return {**plain, **changes}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "has 0"),
        (b"\x10\0\0", "has 3"),
        (struct.pack("<Q", 2**60) + b"{}", "the file has 10"),
        (struct.pack("<Q", 4) + b"{{{{", "no JSON"),
        (struct.pack("<Q", 4) + b"[12]", "no JSON object"),
        (entries(b={"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}), "begins at byte 4, the one before ends at 8"),
        (entries(b={"dtype": "F32", "shape": [2], "data_offsets": [8, 12]}), "2 numbers of type F32 need 8"),
        (entries(b={"dtype": "F32"}), "lacks"),
        (entries(c={"dtype": "F32", "shape": [1], "data_offsets": [12, 16]}), "should be 16 bytes, the file has 12"),
    ],
)
def test_damage_is_told_before_a_tensor_is_read(content: bytes | dict[str, object], says: str, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    header = json.dumps(content).encode() if isinstance(content, dict) else b""
    path.write_bytes(content if isinstance(content, bytes) else struct.pack("<Q", len(header)) + header + bytes(12))
    with pytest.raises(SpecError) as caught:
        read(path)
    assert codes(caught) == ["AD4203"]
    assert says in caught.value.diagnostics[0].message


def test_a_key_twice_is_damage(tmp_path: Path) -> None:
    entry = '{"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}'
    header = f'{{"a": {entry}, "a": {entry}}}'.encode()
    (tmp_path / "net.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    with pytest.raises(SpecError, match="`a` is there twice"):
        read(tmp_path / "net.safetensors")


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return Path.touch, (self.path,)


def test_code_in_a_file_is_refused_and_not_run(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1), "b": Bomb(tmp_path / "ran")}, tmp_path / "code.pt")
    torch.save(nn.Linear(2, 2), tmp_path / "module.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    for name in ("code", "module", "plain"):
        with pytest.raises(SpecError) as caught:
            read(tmp_path / f"{name}.pt")
        assert codes(caught) == ["AD4204"], name
        assert "state_dict" in str(caught.value.diagnostics[0].help)
    assert not (tmp_path / "ran").exists()


def test_other_files_are_refused(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "list.pt")
    torch.save({"epoch": 1}, tmp_path / "numbers.pt")
    torch.save({"a": torch.zeros(100)}, tmp_path / "whole.pt")
    (tmp_path / "cut.pt").write_bytes((tmp_path / "whole.pt").read_bytes()[:300])
    (tmp_path / "net.onnx").write_bytes(b"")
    wanted = {"list.pt": "AD4205", "numbers.pt": "AD4205", "cut.pt": "AD4203", "net.onnx": "AD4202", "none.pt": "AD4201", ".": "AD4201"}
    for name, code in wanted.items():
        with pytest.raises(SpecError) as caught:
            read(tmp_path / name)
        assert codes(caught) == [code], name


def test_saving_keeps_the_older_file_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.safetensors"
    save_file({"old": torch.zeros(1)}, path)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("safetensors.torch.save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        save(archdsl.build(TEXT, seed=1), path)
    assert list(load_file(path)) == ["old"]
    assert [p.name for p in tmp_path.iterdir()] == ["net.safetensors"]
    with pytest.raises(SpecError) as caught:
        save(archdsl.build(TEXT, seed=1), tmp_path / "net.bin")
    assert codes(caught) == ["AD4202"]


def test_the_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(archdsl.build(TEXT, seed=1), tmp_path / "net.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    with pytest.raises(ModuleNotFoundError, match="safetensors"):
        read(tmp_path / "net.safetensors")
