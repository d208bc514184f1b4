"""How do videos come from a folder? As frames in image files, such as those of DAVIS 2017."""

import hashlib
from pathlib import Path

import numpy as np

from pisces.checks import in_one_line

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")
"""Files that count as frames."""


def find_videos(folder: Path, names: tuple[str, ...] = ()) -> list[list[Path]]:
    """The frames of each video of a folder.

    Args:
        folder: Has a folder of image files for each video, or the frames of a single one.
        names: Of the folders to take, in this order; all of them in alphabetical order if it is empty.

    Returns:
        For each video its files, at least one, in the order of their names.

    Raises:
        ValueError: If there is no such folder, no video in it, or no frame in one of the videos that `names`
            asks for.
    """
    if not folder.is_dir():
        raise ValueError(f"videos is {in_one_line(str(folder))}; it must be a folder, and there is none")
    if names:
        found = [_frames(folder / name) for name in names]
        for name, frames in zip(names, found, strict=True):
            if not frames:
                raise ValueError(
                    f"videos has no {in_one_line(name)} in {in_one_line(str(folder))}; it must be a folder "
                    f"there, with {_ALLOWED}"
                )
        return found
    found = [frames for path in sorted(folder.iterdir()) if path.is_dir() and (frames := _frames(path))]
    found = found or ([frames] if (frames := _frames(folder)) else [])
    if not found:
        raise ValueError(f"videos is {in_one_line(str(folder))}; it must hold {_ALLOWED}")
    return found


_ALLOWED = f"frames as files ({', '.join(SUFFIXES)})"


def _frames(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def digest(videos: list[list[Path]]) -> str:
    """What tells videos from any others: 12 hexadecimal digits of what is in their files, in order.

    Args:
        videos: For each its files, as `find_videos` has them.
    """
    found = hashlib.sha256()
    for frames in videos:
        found.update(f"{len(frames)} frames".encode())
        for path in frames:
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:12]


def read_video(frames: list[Path], size: int) -> np.ndarray:
    """Reads a video; of each frame the largest square in its middle.

    Args:
        frames: F image files.
        size: Width and height of the result in pixels, S.

    Returns:
        uint8 `[F, S, S, 3]`.

    Raises:
        ValueError: If a file is no image, or cannot be read.
    """
    return np.stack([_read_frame(path, size) for path in frames])


def _read_frame(path: Path, size: int) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(path) as image:
            width, height = image.size
            side = min(width, height)
            left, top = (width - side) // 2, (height - side) // 2
            square = (left, top, left + side, top + side)
            return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BOX, box=square))
    except OSError as error:
        raise ValueError(f"videos has {in_one_line(str(path))}, which cannot be read: {error}") from error
