"""Images from files: against torchvision's transforms, and the traps of formats."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import v2

from archdsl import SpecError
from archdsl.inspect import read_image
from archdsl.inspect.image import IMAGENET_MEAN, IMAGENET_STD

STEP = 1 / 255


def noise(height: int, width: int) -> Image.Image:
    """An image of smooth random colours, as photographs have."""
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)


@given(st.integers(9, 40), st.integers(1, 3), st.booleans(), st.sampled_from([8, 16, 30]))
def test_as_torchvision_resizes_crops_and_normalises(
    tmp_path_factory: pytest.TempPathFactory, short: int, times: int, wide: bool, size: int
) -> None:
    """Where whole pixels are cut off, as torchvision does, the values are the same."""
    path = tmp_path_factory.mktemp("image") / "a.png"
    noise(*((short, short * times) if wide else (short * times, short))).save(path)
    numbers = [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(IMAGENET_MEAN, IMAGENET_STD)]
    theirs = v2.Compose([v2.Resize(size), v2.CenterCrop(size), *numbers])(Image.open(path))
    ours = read_image(path, (3, size, size))
    assert ours.shape == theirs.shape
    assert float((ours - theirs).abs().max()) <= 2.01 * STEP / min(IMAGENET_STD)


def test_grey_is_not_shifted_and_numbers_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    noise(20, 20).save(path)
    grey = torch.from_numpy(np.array(Image.open(path).convert("L"), dtype=np.float32))[None] / 255
    assert torch.equal(read_image(path, (1, 20, 20)), grey)
    assert torch.allclose(read_image(path, (1, 20, 20), mean=[0.5], std=[0.25]), (grey - 0.5) / 0.25)
    rgb = torch.from_numpy(np.array(Image.open(path), dtype=np.float32)).permute(2, 0, 1) / 255
    assert torch.allclose(read_image(path, (3, 20, 20), mean=[0], std=[1]), rgb)


def test_a_photograph_is_turned_as_it_says(tmp_path: Path) -> None:
    image = noise(12, 12)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    image.save(tmp_path / "turned.png", exif=exif)
    image.rotate(-90).save(tmp_path / "plain.png")
    assert torch.equal(read_image(tmp_path / "turned.png", (3, 12, 12)), read_image(tmp_path / "plain.png", (3, 12, 12)))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0)).convert(mode)
    image.save(tmp_path / "a.png", **({"transparency": 0} if mode == "P" else {}))
    assert torch.equal(read_image(tmp_path / "a.png", (3, 8, 8), mean=[0], std=[1]), torch.ones(3, 8, 8))


def test_sixteen_bits_are_not_clipped(tmp_path: Path) -> None:
    Image.fromarray(np.arange(0, 65536, 1024, dtype=np.uint16).reshape(8, 8)).save(tmp_path / "a.png")
    found = read_image(tmp_path / "a.png", (1, 8, 8))
    assert torch.allclose(found.flatten(), torch.arange(0, 65536, 1024) / 65535, atol=0.51 * STEP)


@pytest.mark.parametrize("mode", ["1", "L", "CMYK", "YCbCr", "F", "I"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_mode_is_read(tmp_path: Path, mode: str, channels: int) -> None:
    noise(9, 9).convert("L").convert("RGB" if mode in ("CMYK", "YCbCr") else "L").convert(mode).save(tmp_path / "a.tiff")
    found = read_image(tmp_path / "a.tiff", (channels, 5, 5))
    assert found.shape == (channels, 5, 5)
    assert bool(found.isfinite().all())


def encoded(format: str) -> bytes:
    text = io.BytesIO()
    noise(24, 24).save(text, format)
    return text.getvalue()


@given(st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"]), st.data())
def test_damage_is_told_and_never_raised_as_something_else(
    tmp_path_factory: pytest.TempPathFactory, format: str, data: st.DataObject
) -> None:
    content = bytearray(encoded(format))
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("image") / "a.png"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(SpecError):
        assert read_image(path, (3, 8, 8)).shape == (3, 8, 8)


def test_a_small_file_does_not_fill_the_memory(tmp_path: Path) -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))
    with pytest.raises(SpecError, match="pixels; it was not unpacked"):
        read_image(tmp_path / "a.png", (3, 8, 8))
