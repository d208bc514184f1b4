"""What does a notebook show besides figures? The library's own source, and moving pictures.

Both display alike in the book, in Jupyter and in Colab. Still figures belong to the chapters.
"""

import ast
import base64
import html
import inspect
import math
import textwrap
from collections.abc import Callable
from importlib import metadata
from io import BytesIO
from pathlib import Path

import numpy as np
from IPython.display import HTML, Markdown
from numpy.typing import ArrayLike
from PIL import Image

from pisces import doctor

NUM_COLORS = 256
"""Size of the palette that all frames of an animation share."""

PACKAGE_FOLDER = Path(__file__).resolve().parents[1]


def source(*shown: Callable | type, with_docstring: bool = True) -> Markdown:
    """The library's own source of functions, classes or methods, each with the place where it stands.

    Args:
        *shown: Functions, classes or methods defined in `pisces`.
        with_docstring: Whether the docstrings are shown too.

    Returns:
        A display of the highlighted sources, each under a link to its lines in the repository.

    Raises:
        ValueError: If the source of one is not a file of this package.
    """
    return Markdown("\n\n".join(_listing(one, with_docstring=with_docstring) for one in shown))


def animation(frames: ArrayLike, *, alt: str, frames_per_second: float = 15.0, scale: int = 4) -> HTML:
    """A moving picture that starts by itself and repeats.

    Args:
        frames: Grey images `[num_frames, H, W]` or colour images `[num_frames, H, W, 3]`: floats in
            [0, 1] or uint8.
        alt: What is to be seen, for readers who cannot see it.
        frames_per_second: Speed, from 0.01 to 50. A GIF counts in hundredths of a second: the nearest that it
            can show is taken, see `gif_speed`.
        scale: Screen pixels per image pixel, at least 1.

    Returns:
        A display of the frames as a GIF inside the page.

    Raises:
        ValueError: If the frames have another shape or value, `alt` is empty, or a setting is out of range.
    """
    if not alt.strip():
        raise ValueError("alt is empty; it must say what is to be seen")
    content = gif(frames, frames_per_second=frames_per_second, scale=scale)
    encoded = base64.b64encode(content).decode("ascii")
    return HTML(
        f'<img class="pisces-animation" src="data:image/gif;base64,{encoded}" alt="{html.escape(alt)}">'
    )


def gif_speed(frames_per_second: float) -> float:
    """The nearest speed that a GIF can have: a frame lasts whole hundredths of a second.

    Raises:
        ValueError: If it is not from 0.01 to 50.
    """
    return 100 / _hundredths(frames_per_second)


def _hundredths(frames_per_second: float) -> int:
    if not 0.01 <= frames_per_second <= 50:
        raise ValueError(f"frames_per_second is {frames_per_second}; it must be from 0.01 to 50")
    longer = math.ceil(100 / frames_per_second)
    shorter = max(2, longer - 1)
    return min(shorter, longer, key=lambda count: abs(100 / count - frames_per_second))


def gif(frames: ArrayLike, *, frames_per_second: float = 15.0, scale: int = 4) -> bytes:
    """The bytes of an endless GIF.

    Args:
        frames: Grey images `[num_frames, H, W]` or colour images `[num_frames, H, W, 3]`: floats in
            [0, 1] or uint8.
        frames_per_second: Speed, from 0.01 to 50. A GIF counts in hundredths of a second: the nearest that it
            can show is taken, see `gif_speed`.
        scale: Screen pixels per image pixel, at least 1.

    Returns:
        The file's content.

    Raises:
        ValueError: If the frames have another shape or value, or a setting is out of range.
    """
    hundredths = _hundredths(frames_per_second)
    if scale < 1:
        raise ValueError(f"scale is {scale}; it must be at least 1")
    images = [Image.fromarray(pixels).convert("RGB") for pixels in _pixels(frames)]
    # One palette for all frames: the film is small and its colours do not flicker.
    strip = Image.new("RGB", (images[0].width, images[0].height * len(images)))
    for index, image in enumerate(images):
        strip.paste(image, (0, index * image.height))
    # "Maximum coverage" leaves small things their colour, before a large background too.
    palette = strip.quantize(NUM_COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    size = (images[0].width * scale, images[0].height * scale)
    first, *rest = [
        image.quantize(palette=palette, dither=Image.Dither.NONE).resize(size, Image.Resampling.NEAREST)
        for image in images
    ]
    content = BytesIO()
    first.save(
        content,
        format="GIF",
        save_all=True,
        append_images=rest,
        duration=10 * hundredths,
        loop=0,
        optimize=True,
    )
    return content.getvalue()


def _listing(shown: Callable | type, *, with_docstring: bool) -> str:
    """Markdown of one source."""
    shown = inspect.unwrap(shown)
    file = inspect.getsourcefile(shown)
    if file is None or not Path(file).resolve().is_relative_to(PACKAGE_FOLDER):
        raise ValueError(f"shown is {shown!r}; it must be defined in pisces")
    lines, first = inspect.getsourcelines(shown)
    place = Path(file).resolve().relative_to(PACKAGE_FOLDER.parent).as_posix()
    text = f"{place}, lines {first}–{first + len(lines) - 1}"
    address = _repository()
    if address:
        text = f"[{text}]({address}/blob/main/src/{place}#L{first}-L{first + len(lines) - 1})"
    code = textwrap.dedent("".join(lines)).rstrip()
    if not with_docstring:
        code = _without_docstring(code)
    return f"{text}\n\n```python\n{code}\n```"


def _pixels(frames: ArrayLike) -> np.ndarray:
    """Checks the frames and returns them as uint8."""
    array = np.asarray(frames)
    is_grey, is_color = array.ndim == 3, array.ndim == 4 and array.shape[-1] == 3
    if not (is_grey or is_color) or array.size == 0:
        raise ValueError(
            f"frames has shape {array.shape}; it must be [num_frames, H, W] or [num_frames, H, W, 3]"
        )
    if array.dtype == np.uint8:
        return array
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 1):
        raise ValueError(f"frames has values in [{low}, {high}]; it must be uint8 or have values in [0, 1]")
    return np.round(array * 255).astype(np.uint8)


def _repository() -> str | None:
    """The repository's address as the installed package knows it."""
    for entry in metadata.metadata(doctor.DISTRIBUTION).get_all("Project-URL") or ():
        label, _, address = entry.partition(", ")
        if label == "Repository":
            return address
    return None


def _without_docstring(code: str) -> str:
    """Cuts the lines of the outermost docstring out of a definition."""
    definition = ast.parse(code).body[0]
    first = definition.body[0] if isinstance(definition, ast.FunctionDef | ast.ClassDef) else None
    if not (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
        and first.end_lineno is not None
    ):
        return code
    lines = code.splitlines()
    return "\n".join(lines[: first.lineno - 1] + lines[first.end_lineno :])
