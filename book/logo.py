"""Draws the logo: Pisces, the two fish on a cord. They are apart and look different, and move alike.

One drawing is written as SVG for pages and painted with Pillow for browsers whose icons cannot be SVG. It has
no background: its colours, those of tasks X and Y in the figures, stand out from a light page and from a dark
one.

    python book/logo.py     writes the SVG in `book/_static`, which is committed
"""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from pisces.drawing.style import GREY, TASKS

FILE = Path(__file__).with_name("_static") / "logo.svg"
SIZE = 64
"""Width and height of the drawing; all lengths below are in its units, y downwards."""

ICON_SIZES = (16, 32, 48)
TOUCH_ICON_SIZE, TOUCH_ICON_MARGIN = 180, 18
OVERSAMPLING = 8

# A fish that looks to the right along the x axis, its nose at the origin: Bezier curves, each with its start,
# two handles and its end, where the next one starts.
FISH = np.array(
    [
        [(0, 0), (-8, -13), (-26, -13), (-35, -1.5)],
        [(-35, -1.5), (-38, -5), (-42, -8.5), (-46, -9)],
        [(-46, -9), (-43.5, -4), (-43.5, 4), (-46, 9)],
        [(-46, 9), (-42, 8.5), (-38, 5), (-35, 1.5)],
        [(-35, 1.5), (-26, 13), (-8, 13), (0, 0)],
    ]
)
NOTCH = (-43.9, 0.0)
"""Where the cord meets the tail."""

EYE, EYE_RADIUS = (-9.5, -2.5), 2.0
NOSES = {"x": (60.0, 13.0), "y": (60.0, 42.0)}
TILT = -10.0
"""Degrees by which the fish are turned; negative is upwards."""

KNOT, KNOT_RADIUS = (6.0, 37.0), 3.6
CORD_WIDTH = 2.6


def svg() -> str:
    """The logo as an SVG document."""
    cord = " ".join(_path(curve[None]) for curve in _cord().values())
    fish = [
        f'<path fill="{TASKS[name].color}" fill-rule="evenodd" d="{_path(_fish(name))}Z{_hole(name)}"/>'
        for name in NOSES
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img">',
            "<title>Pisces</title>",
            f'<path fill="none" stroke="{GREY}" stroke-width="{CORD_WIDTH}" d="{cord}"/>',
            f'<circle cx="{KNOT[0]:g}" cy="{KNOT[1]:g}" r="{KNOT_RADIUS}" fill="{GREY}"/>',
            *fish,
            "</svg>\n",
        ]
    )


def painting(size: int) -> Image.Image:
    """The logo in pixels, without a background.

    Args:
        size: Width and height in pixels, at least 1.

    Returns:
        An RGBA image.
    """
    scale = size * OVERSAMPLING / SIZE
    image = Image.new("RGBA", (size * OVERSAMPLING,) * 2)
    pen = ImageDraw.Draw(image)
    for curve in _cord().values():
        pen.line(_points(curve[None], scale), fill=GREY, width=round(CORD_WIDTH * scale), joint="curve")
    pen.circle(tuple(scale * x for x in KNOT), KNOT_RADIUS * scale, fill=GREY)
    for name in NOSES:
        pen.polygon(_points(_fish(name), scale), fill=TASKS[name].color)
        pen.circle(tuple(scale * _placed(name, EYE)), EYE_RADIUS * scale, fill=(0, 0, 0, 0))
    return image.resize((size, size), Image.Resampling.BOX)


def icon() -> bytes:
    """The icon for browsers that show no SVG: an ICO file with the sizes `ICON_SIZES`."""
    *smaller, largest = (painting(size) for size in ICON_SIZES)
    content = BytesIO()
    sizes = [(size, size) for size in ICON_SIZES]
    largest.save(content, format="ICO", sizes=sizes, append_images=smaller)
    return content.getvalue()


def touch_icon() -> Image.Image:
    """The icon for the home screen of a phone, which has no transparency: on white, with a margin."""
    icon = Image.new("RGB", (TOUCH_ICON_SIZE,) * 2, "white")
    drawing = painting(TOUCH_ICON_SIZE - 2 * TOUCH_ICON_MARGIN)
    icon.paste(drawing, (TOUCH_ICON_MARGIN,) * 2, drawing)
    return icon


def write_icons(folder: Path) -> None:
    """Writes `favicon.ico` and `touch-icon.png` into a folder."""
    (folder / "favicon.ico").write_bytes(icon())
    touch_icon().save(folder / "touch-icon.png", optimize=True)


def _placed(name: str, points: np.ndarray | tuple[float, float]) -> np.ndarray:
    """Points of a fish, `[..., 2]`, in the drawing."""
    angle = np.deg2rad(TILT)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(points) @ turn + NOSES[name]


def _fish(name: str) -> np.ndarray:
    return _placed(name, FISH)


def _cord() -> dict[str, np.ndarray]:
    """The curve from each tail to the knot: float `[4, 2]`."""
    curves = {}
    for name in NOSES:
        (x, y), (knot_x, knot_y) = _placed(name, NOTCH), KNOT
        curves[name] = np.array([(x, y), (x - 6, y + 1), (knot_x, knot_y + (y - knot_y) * 0.55), KNOT])
    return curves


def _path(curves: np.ndarray) -> str:
    """Curves `[n, 4, 2]`, each beginning where the one before ends, in the language of SVG."""
    start = "M" + _numbers(curves[0, :1])
    return start + "".join("C" + _numbers(curve[1:]) for curve in curves)


def _hole(name: str) -> str:
    x, y = _placed(name, EYE)
    radius = f"{EYE_RADIUS:g} {EYE_RADIUS:g} 0 1 0"
    left, right = _numbers([(x - EYE_RADIUS, y)]), _numbers([(x + EYE_RADIUS, y)])
    return f"M{left}A{radius} {right}A{radius} {left}Z"


def _numbers(points) -> str:
    return " ".join(f"{x:.4g} {y:.4g}" for x, y in points)


def _points(curves: np.ndarray, scale: float, num_points: int = 40) -> list[tuple[float, float]]:
    """Points along curves `[n, 4, 2]`, times `scale`."""
    t = np.linspace(0, 1, num_points)[:, None]
    weights = np.concatenate(((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3), axis=1)
    return [tuple(point) for point in (weights @ curves).reshape(-1, 2) * scale]


if __name__ == "__main__":
    FILE.write_text(svg(), encoding="utf-8")
