"""Read pictures of any kind; a file that cannot be read gets a verdict and stops nothing."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "PPM", "GIF")
"""Formats that are tried; others are rare in factories, and each is one more parser to trust."""
MOST_PIXELS = 100_000_000
"""A larger picture is refused before it is unpacked: a decompression bomb, no industrial camera."""
MOST_BYTES = 512_000_000
"""A larger file is refused before it is read."""
FEWEST_PIXELS = 16
"""Smallest side of a picture: the features have a cell for every 16 pixels."""
SIXTEEN_TO_EIGHT = 257
"""65535 / 255."""
TWELVE = 4095
"""Brightest value of a 12-bit camera, which is saved with 16 bits: a picture that has none above is taken for
one, since a picture of 16 bits that is so dark shows nothing."""


class Verdict(StrEnum):
    """What became of a file."""

    OK = "ok"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    BROKEN = "broken"
    TOO_LARGE = "too large"
    TOO_SMALL = "too small"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A file that was to be read: the verdict, why, and the pixels (height, width, 3) if it is a picture."""

    path: str
    verdict: Verdict
    detail: str = ""
    sha256: str = ""
    pixels: Pixels | None = None
    size: tuple[int, int] = (0, 0)
    """Width and height of the picture before it was scaled, pixels; 0 if it was not read."""


MISSING = "inspecting pictures takes the extra: pip install 'zhizao[inspect]'"
"""What is said where a library of the extra is not there."""


class _RefusedError(Exception):
    """A picture that is not taken, with its verdict."""

    def __init__(self, verdict: Verdict, detail: str) -> None:
        super().__init__(detail)
        self.verdict = verdict


def pillow() -> Any:
    """The module `PIL.Image`.

    Raises
    ------
    InputError
        The extra is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise InputError(MISSING) from None
    return Image


def read_picture(path: Path, size: int) -> Picture:
    """Read a picture in 8-bit colour, scaled to a square.

    Grey pictures get three equal channels, 12 and 16 bits become 8, transparent parts become black, several
    frames become the first, and a rotation noted by the camera is carried out.

    Parameters
    ----------
    path
        The file.
    size
        Side of the square, pixels.
    """
    pillow()
    content = b""
    try:
        content = _content(path)
        pixels, before = _decoded(content, size)
    except _RefusedError as error:
        return Picture(str(path), error.verdict, str(error), sha256(content).hexdigest() if content else "")
    return Picture(str(path), Verdict.OK, "", sha256(content).hexdigest(), pixels, before)


def _content(path: Path) -> bytes:
    try:
        if not path.exists():
            raise _RefusedError(Verdict.MISSING, "no such file")
        if not path.is_file():
            raise _RefusedError(Verdict.UNREADABLE, "not a file")
        if path.stat().st_size > MOST_BYTES:
            raise _RefusedError(
                Verdict.TOO_LARGE, f"{path.stat().st_size:,} bytes; at most {MOST_BYTES:,} are read"
            )
        content = path.read_bytes()
    except OSError as error:
        raise _RefusedError(Verdict.UNREADABLE, error.strerror or str(error)) from None
    if not content:
        raise _RefusedError(Verdict.BROKEN, "the file is empty")
    return content


def _decoded(content: bytes, size: int) -> tuple[Pixels, tuple[int, int]]:
    image = pillow()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # the sizes are checked below, and odd metadata is no concern here
            with image.open(BytesIO(content), formats=FORMATS) as opened:
                _check_size(opened.size)
                picture = _eight_bit(opened)
                return _square(picture, size), picture.size
    except (_RefusedError, KeyboardInterrupt):
        raise
    except image.DecompressionBombError:
        raise _RefusedError(Verdict.TOO_LARGE, f"more than {MOST_PIXELS:,} pixels") from None
    except image.UnidentifiedImageError:
        kinds = ", ".join(FORMATS)
        raise _RefusedError(Verdict.UNSUPPORTED, f"not a picture of a known kind ({kinds})") from None
    except Exception as error:  # noqa: BLE001  a damaged file makes a decoder raise anything
        raise _RefusedError(Verdict.BROKEN, str(error) or type(error).__name__) from None


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise _RefusedError(Verdict.TOO_LARGE, f"{width} x {height} pixels; at most {MOST_PIXELS:,} are read")
    if min(size) < FEWEST_PIXELS:
        raise _RefusedError(
            Verdict.TOO_SMALL, f"{width} x {height} pixels; each side takes at least {FEWEST_PIXELS}"
        )


def _eight_bit(opened: Image) -> Image:
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(opened)
    if upright.mode == "I" or upright.mode.startswith("I;16"):
        values = np.asarray(upright).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise _RefusedError(Verdict.UNSUPPORTED, "32-bit values; save the picture with 8 or 16 bits")
        eight = values * 255 // TWELVE if values.max() <= TWELVE else values // SIXTEEN_TO_EIGHT
        return Image.fromarray(eight.astype(np.uint8)).convert("RGB")
    if upright.mode == "F":
        raise _RefusedError(Verdict.UNSUPPORTED, "floating-point values; save the picture with 8 or 16 bits")
    if upright.has_transparency_data:
        alpha = upright.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", alpha.size, (0, 0, 0, 255)), alpha).convert("RGB")
    return upright.convert("RGB")


def _square(picture: Image, size: int) -> Pixels:
    from PIL.Image import Resampling

    return np.asarray(picture.resize((size, size), Resampling.BILINEAR), dtype=np.uint8)
