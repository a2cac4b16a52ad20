"""Pictures of every kind are read; a file that is none gets its verdict."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PIL", reason="takes the extra [inspect]")

from PIL import Image

from zhizao.studies.inspect.pictures import Verdict, read_picture

GREY = np.linspace(0, 255, 32 * 32).reshape(32, 32).astype(np.uint8)


def read(path: Path) -> np.ndarray:
    found = read_picture(path, 32)
    assert found.verdict is Verdict.OK, found.detail
    assert found.pixels is not None
    assert (found.pixels.shape, found.pixels.dtype.name) == ((32, 32, 3), "uint8")
    return found.pixels


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "pgm", "webp", "gif"])
def test_a_grey_picture_has_three_equal_channels(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"grey.{suffix}"
    Image.fromarray(GREY).save(path, lossless=True) if suffix == "webp" else Image.fromarray(GREY).save(path)
    assert (read(path) == GREY[:, :, None]).all()


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_twelve_bits_become_eight(tmp_path: Path, suffix: str) -> None:
    values = (GREY.astype(np.uint32) * 4095 + 254) // 255
    Image.fromarray(values.astype(np.uint16)).save(tmp_path / f"camera.{suffix}")
    assert (read(tmp_path / f"camera.{suffix}") == GREY[:, :, None]).all()


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_sixteen_bits_become_eight(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(GREY.astype(np.uint16) * 257).save(tmp_path / f"deep.{suffix}")
    assert (read(tmp_path / f"deep.{suffix}") == GREY[:, :, None]).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_every_mode_is_read(tmp_path: Path, mode: str) -> None:
    picture = Image.fromarray(GREY).convert("RGB").convert(mode)
    picture.save(tmp_path / "one.tif")
    assert np.abs(read(tmp_path / "one.tif").astype(int) - np.asarray(picture.convert("RGB"))).max() <= 1


def test_what_is_transparent_is_black_whatever_lies_below(tmp_path: Path) -> None:
    layers = np.full((32, 32, 4), 200, np.uint8)
    layers[:, :16, 3], layers[:, 16:, 3] = 0, 255
    Image.fromarray(layers).save(tmp_path / "alpha.png")
    found = read(tmp_path / "alpha.png")
    assert (found[:, :16] == 0).all()
    assert (found[:, 16:] == 200).all()


def test_a_rotation_noted_by_the_camera_is_carried_out(tmp_path: Path) -> None:
    upright = Image.fromarray(GREY)
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    upright.save(tmp_path / "turned.png", exif=exif)
    assert (read(tmp_path / "turned.png") == GREY[::-1, ::-1, None]).all()


def test_the_sides_need_not_be_equal(tmp_path: Path) -> None:
    Image.fromarray(GREY).resize((90, 40)).save(tmp_path / "wide.png")
    read(tmp_path / "wide.png")


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG of grey bytes that says what it likes about its size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


WHOLE = png(32, 32, b"".join(b"\0" + row.tobytes() for row in GREY))


@pytest.mark.parametrize(
    ("name", "content", "verdict"),
    [
        ("empty.png", b"", Verdict.BROKEN),
        ("cut.png", WHOLE[:-400], Verdict.BROKEN),
        ("text.png", b"hello", Verdict.UNSUPPORTED),
        ("program.png", b"\x7fELF" + bytes(200), Verdict.UNSUPPORTED),
        ("bomb.png", png(60_000, 60_000, bytes(1000)), Verdict.TOO_LARGE),
        ("large.png", png(12_000, 12_000, bytes(1000)), Verdict.TOO_LARGE),
        ("small.png", png(8, 8, bytes(72)), Verdict.TOO_SMALL),
        ("crc.png", WHOLE[:60] + b"\xff\xff" + WHOLE[62:], Verdict.BROKEN),
    ],
)
def test_a_file_that_is_no_picture_gets_its_verdict(
    tmp_path: Path, name: str, content: bytes, verdict: Verdict
) -> None:
    (tmp_path / name).write_bytes(content)
    found = read_picture(tmp_path / name, 32)
    assert (found.verdict, found.pixels) == (verdict, None)
    assert found.detail


def test_values_that_are_no_grey_levels_are_not_guessed(tmp_path: Path) -> None:
    Image.fromarray(GREY.astype(np.float32)).save(tmp_path / "float.tif")
    assert read_picture(tmp_path / "float.tif", 32).verdict is Verdict.UNSUPPORTED
    Image.fromarray(GREY.astype(np.int32) * 100_000).save(tmp_path / "int.tif")
    assert read_picture(tmp_path / "int.tif", 32).verdict is Verdict.UNSUPPORTED


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    assert read_picture(tmp_path, 32).verdict is Verdict.UNREADABLE
    assert read_picture(tmp_path / "absent.png", 32).verdict is Verdict.MISSING
