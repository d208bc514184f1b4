import numpy as np
import pytest

from pisces.control.textures import EXPONENT, NUM_FRAMES, NUM_FREQUENCIES, procedural_video, texture


def random_phase(seed=0):
    shape = (2 * NUM_FREQUENCIES + 1, NUM_FREQUENCIES + 1)
    return np.random.default_rng(seed).uniform(0, 2 * np.pi, shape)


def spectrum(picture):
    """Amplitude of each wave, and its number of periods across the picture."""
    size = len(picture)
    frequency = np.fft.fftfreq(size, 1 / size)
    return np.abs(np.fft.fft2(picture)), np.hypot(frequency[:, None], frequency)


@pytest.mark.parametrize("size", [48, 84, 101])
def test_the_amplitude_of_a_wave_goes_with_its_frequency_to_the_power_of_minus_1_3(size):
    amplitude, frequency = spectrum(texture(random_phase(), size))
    highest = min((size - 1) // 2, NUM_FREQUENCIES)
    is_shown = (frequency > 0) & (frequency <= highest)
    slope, _ = np.polyfit(np.log(frequency[is_shown]), np.log(amplitude[is_shown]), 1)
    assert EXPONENT == -1.3
    assert slope == pytest.approx(-1.3, abs=1e-9)


def test_a_texture_has_mean_0_and_variance_1():
    picture = texture(random_phase(), 2 * NUM_FREQUENCIES + 1)
    assert picture.mean() == pytest.approx(0, abs=1e-12)
    assert picture.std() == pytest.approx(1)


def test_a_texture_shifted_by_whole_pixels_is_rolled():
    phase = random_phase()
    moved = texture(phase, 50, shift=(3 / 50, -7 / 50))
    np.testing.assert_allclose(moved, np.roll(texture(phase, 50), (3, -7), axis=(0, 1)), atol=1e-12)


def test_a_smaller_texture_shows_the_same_waves():
    phase = random_phase()
    large, small = (np.fft.fft2(texture(phase, size), norm="forward") for size in (84, 48))
    np.testing.assert_allclose(small[:20, :20], large[:20, :20], atol=1e-12)


def test_a_texture_of_one_pixel_is_its_mean():
    np.testing.assert_array_equal(texture(random_phase(), 1), [[0.0]])


def test_a_video_is_a_function_of_its_seed():
    video = procedural_video(3, 16)
    assert video.shape == (NUM_FRAMES, 16, 16, 3) and video.dtype == np.uint8
    np.testing.assert_array_equal(video, procedural_video(3, 16))
    assert (video != procedural_video(4, 16)).mean() > 0.9


def test_a_video_moves_a_little_from_frame_to_frame():
    video = procedural_video(0, 48).astype(float)
    step, far = np.abs(np.diff(video, axis=0)).mean(), np.abs(video[30] - video[0]).mean()
    assert 1 < step < far / 2


def test_a_video_shows_the_same_at_every_size():
    large = procedural_video(1, 96).reshape(NUM_FRAMES, 24, 4, 24, 4, 3).mean((2, 4))
    small = procedural_video(1, 48).reshape(NUM_FRAMES, 24, 2, 24, 2, 3).mean((2, 4))
    assert np.corrcoef(large.ravel(), small.ravel())[0, 1] > 0.99


def test_videos_are_neither_dark_nor_blank():
    for seed in range(5):
        video = procedural_video(seed, 24)
        assert 50 < video.mean() < 200
        assert video.std() > 20
