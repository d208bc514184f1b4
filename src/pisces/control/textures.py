"""What does a distracting video look like? Coloured textures that drift, and soft discs that cross them.

The textures have the spectrum of photographs rather than that of noise: before white noise, small bodies
cannot be seen. A video is a function of its seed, and shows the same at every size.
"""

import numpy as np

EXPONENT = -1.3
"""The amplitude of a wave of f periods across the picture goes with f to this power."""

NUM_FREQUENCIES = 40
"""The highest number of periods across a picture, as far as its pixels can show them."""

NUM_FRAMES = 60
"""Frames of a video; those of DAVIS 2017 have about as many."""

# How strongly brightness and the two opponent colours vary, as standard deviations.
_CONTRAST = np.array([0.15, 0.05, 0.03])
_COLOR_AXES = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [-0.5, 1.0, -0.5]])

_EDGE = 0.03  # of a disc, as a part of the picture's width
_OPACITY = 0.9


def texture(phase: np.ndarray, size: int, *, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """A periodic picture whose waves have amplitudes f**-1.3.

    Args:
        phase: float64 `[2 K + 1, K + 1]` in radians, of the waves with -K to K periods down and 0 to K
            periods across. For 0 across, those with less than 0 down follow from the others.
        size: Width and height in pixels, S, at least 1. Waves that so many pixels cannot show are left out.
        shift: By how much the picture is moved, as parts of its height and of its width.

    Returns:
        float64 `[S, S]` with mean 0, and standard deviation 1 if all waves are shown.
    """
    highest = phase.shape[1] - 1
    kept = min(highest, (size - 1) // 2)
    amplitude = _amplitude(highest)[highest - kept : highest + kept + 1, : kept + 1]
    down, across = np.arange(-kept, kept + 1)[:, None], np.arange(kept + 1)
    angle = phase[highest - kept : highest + kept + 1, : kept + 1] - 2 * np.pi * (
        shift[0] * down + shift[1] * across
    )
    waves = amplitude * np.exp(1j * angle)
    # A real picture: the wave of a negative frequency is the mirror image of its positive one.
    waves[:kept, 0] = waves[:kept:-1, 0].conj()
    spectrum = np.zeros((size, size // 2 + 1), complex)
    spectrum[down[:, 0], : kept + 1] = waves
    return np.fft.irfft2(spectrum, s=(size, size), norm="forward")


def _amplitude(highest: int) -> np.ndarray:
    """Amplitudes `[2 K + 1, K + 1]` of waves that together have variance 1."""
    distance = np.hypot(np.arange(-highest, highest + 1)[:, None], np.arange(highest + 1))
    distance[highest, 0] = np.inf  # the mean
    amplitude = distance**EXPONENT
    # All but those with 0 periods across stand for themselves and their mirror images.
    return amplitude / np.sqrt(2 * np.sum(amplitude[:, 1:] ** 2) + np.sum(amplitude[:, 0] ** 2))


def procedural_video(seed: int, size: int) -> np.ndarray:
    """Draws a video: a texture that drifts, and before it three to five soft discs that move.

    Args:
        seed: At least 0; which video.
        size: Width and height in pixels, S, at least 1.

    Returns:
        uint8 `[60, S, S, 3]`.
    """
    generator = np.random.default_rng(seed)
    phase = generator.uniform(0, 2 * np.pi, (3, 2 * NUM_FREQUENCIES + 1, NUM_FREQUENCIES + 1))
    mean_color = generator.uniform(0.25, 0.65, 3)
    velocity = _velocity(generator, 1)[0]
    video = np.empty((NUM_FRAMES, size, size, 3))
    for time, frame in enumerate(video):
        shift = (time * velocity[0], time * velocity[1])
        layers = np.stack([texture(one, size, shift=shift) for one in phase], axis=-1)
        frame[:] = mean_color + layers * _CONTRAST @ _COLOR_AXES
    _draw_discs(video, generator)
    return np.round(255 * np.clip(video, 0, 1)).astype(np.uint8)


def _velocity(generator: np.random.Generator, number: int) -> np.ndarray:
    """Velocities `[number, 2]` in any direction, in parts of the picture's width per frame."""
    angle = generator.uniform(0, 2 * np.pi, number)
    speed = generator.uniform(0.005, 0.015, number)
    return speed[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def _draw_discs(video: np.ndarray, generator: np.random.Generator) -> None:
    number = int(generator.integers(3, 6))
    start, velocity = generator.uniform(0, 1, (number, 2)), _velocity(generator, number)
    radius, color = generator.uniform(0.06, 0.16, number), generator.uniform(0, 1, (number, 3))
    size = video.shape[1]
    pixel = (np.arange(size) + 0.5) / size
    for time, frame in enumerate(video):
        for disc, (row, column) in enumerate(start + time * velocity):
            # What leaves at one side comes back at the other.
            down, across = (np.abs((pixel - place + 0.5) % 1 - 0.5) for place in (row, column))
            inside = (radius[disc] - np.hypot(down[:, None], across)) / _EDGE + 0.5
            opacity = _OPACITY * np.clip(inside, 0, 1)[..., None]
            frame += opacity * (color[disc] - frame)
