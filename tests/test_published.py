"""Published weights: fetched into torch's cache, renamed, loaded with the parameters that they imply."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from test_zoo import FILES, SPECS, filled, inputs
from torchvision.models import get_model_weights, list_models

import archdsl
from archdsl import SpecError
from archdsl.cli import main
from archdsl.language.published import Rename

TEXT = "name: {name}\ninput: [3, 8, 8]\nbody: {{conv: conv 4, bn: batch_norm}}\nweights: {weights}\n"
URL = "https://example.invalid/files/net-{digest}.pth"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """torch's folder of downloads, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def old_keys(name: str, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The keys as the published file has them: those of DenseNets are `norm.1`, as torchvision's own loader knows."""
    if not name.startswith("densenet"):
        return state
    pattern = re.compile(r"(denselayer\d+\.(?:norm|conv))(\d)\.")
    return {pattern.sub(r"\1.\2.", key): tensor for key, tensor in state.items() if not key.endswith("num_batches_tracked")}


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "googlenet", "squeezenet1_1"])
def test_weights_of_torchvision_load_from_a_file_of_their_format(name: str, cache: Path) -> None:
    theirs = filled(name).eval()
    kind = get_model_weights(name)["IMAGENET1K_V1"]
    torch.save(old_keys(name, theirs.state_dict()), cache / Path(kind.url).name)
    ours = archdsl.build(FILES[name], weights="torchvision:IMAGENET1K_V1").eval()
    again = archdsl.build(FILES[name], weights="published").eval()
    if name == "googlenet":
        theirs.transform_input = True  # what torchvision sets where it loads weights
    with torch.inference_mode():
        wanted = theirs(*inputs(name))
        assert torch.equal(ours(*inputs(name)), wanted)
        assert torch.equal(again(*inputs(name)), wanted)


@pytest.mark.parametrize("name", [name for name in list_models(module=torchvision.models) if name in FILES])
def test_the_address_in_a_spec_is_torchvisions(name: str) -> None:
    published = archdsl.load(FILES[name]).published
    kinds = [*get_model_weights(name)]
    assert (published.url.text if published.url else None) in ([kind.url for kind in kinds] or [None])


def test_the_command_line_loads_them(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(filled("resnet18").state_dict(), cache / Path(get_model_weights("resnet18").DEFAULT.url).name)
    assert main(["build", str(SPECS / "resnet18.yaml"), "--weights", "torchvision:DEFAULT"]) == 0
    assert "weights: 122 loaded, 0 mismatched, 0 missing, 0 unused" in capsys.readouterr().out


def codes(text: str, weights: str = "published") -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as caught:
        archdsl.build(text, weights=weights)
    return [(d.code, f"{d.message} {d.help}") for d in caught.value.diagnostics]


def test_what_does_not_exist_is_told_with_what_does(cache: Path) -> None:
    (found,) = codes(TEXT.format(name="resnet50", weights="{}"), "torchvision:IMAGENET1K_V3")
    assert found[0] == "AD4212"
    assert "IMAGENET1K_V1, IMAGENET1K_V2" in found[1]
    (found,) = codes(TEXT.format(name="resnet51", weights="{}"), "torchvision:DEFAULT")
    assert found == ("AD4212", "torchvision has no model `resnet51` did you mean `resnet50`?")
    (found,) = codes(TEXT.format(name="own", weights="{}"))
    assert found[0] == "AD4212"


def test_a_file_that_cannot_be_fetched_is_told_and_nothing_is_left(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    (found,) = codes(TEXT.format(name="own", weights=f'{{url: "{URL.format(digest="0" * 8)}"}}'))
    assert found[0] == "AD4214"
    assert str(cache) in found[1]
    assert not list(cache.iterdir())


def test_a_file_of_another_checksum_is_refused(cache: Path) -> None:
    model = archdsl.build(TEXT.format(name="own", weights="{}"))
    path = cache / "net-1.pth"
    torch.save(model.state_dict(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    spec = f'{{url: "{URL.format(digest=1)}", sha256: "{digest}"}}'
    archdsl.build(TEXT.format(name="own", weights=spec), weights="published")
    ((code, _),) = codes(TEXT.format(name="own", weights=spec.replace(digest, "0" * 64)))
    assert code == "AD4203"


def test_renamings_that_fit_nothing_or_clash_are_errors(cache: Path) -> None:
    model = archdsl.build(TEXT.format(name="own", weights="{}"))
    torch.save({f"module.{key}": tensor for key, tensor in model.state_dict().items()}, cache / "net-1.pth")
    entry = f'{{url: "{URL.format(digest=1)}", rename: {{RENAME}}}}'
    archdsl.build(TEXT.format(name="own", weights=entry.replace("RENAME", '"module.{key}": "{key}"')), weights="published")
    wrong = codes(TEXT.format(name="own", weights=entry.replace("RENAME", '"modul.{key}": "{key}"')))
    assert [code for code, _ in wrong] == ["AD4213"]
    wrong = codes(TEXT.format(name="own", weights=entry.replace("RENAME", '"module.{layer}.{key}": "{key}"')))
    assert {code for code, _ in wrong} == {"AD4213"}
    assert "`module.conv.weight` and `module.bn.weight` would both be called `weight`" in wrong[0][1]


@given(st.lists(st.text("ab.", min_size=1, max_size=4), min_size=1, max_size=4), st.integers(0, 3))
def test_a_pattern_gives_back_what_it_took(words: list[str], cut: int) -> None:
    """A pattern whose parts are put back in place changes nothing."""
    texts = [word.replace(".", "-") for word in words]
    pattern = "".join(f"{text}{{p{i}}}" for i, text in enumerate(texts))
    key = "".join(f"{text}{'.x' * (cut + 1)}" for text in texts)
    assert Rename.of(pattern, pattern).apply(key) == key
    assert Rename.of(pattern + "!", pattern).apply(key) is None
