import re

import pytest
import tiny
from PIL import Image

from pisces.control.backgrounds import DAVIS, SEEDS, Procedural, Still, Videos
from pisces.control.run import opened
from pisces.control.settings import videos_digest, world_settings


def test_a_run_is_seen_before_the_backgrounds_of_its_split():
    config = tiny.control_config()
    for split, seeds in SEEDS.items():
        settings = world_settings(config, split)
        assert settings.backgrounds == Procedural(seeds)
        assert (settings.task, settings.size) == (config.task, config.size)
    assert world_settings(tiny.control_config(backgrounds="still"), "test").backgrounds == Still()


def test_a_run_that_is_trained_before_a_still_background_is_judged_before_its_own():
    config = tiny.control_config(trains_before_still=True)
    found = {split: world_settings(config, split).backgrounds for split in SEEDS}
    assert found == {**{split: Procedural(seeds) for split, seeds in SEEDS.items()}, "training": Still()}


def test_videos_are_those_of_the_split_in_the_folder_that_is_given(tmp_path):
    config, frame = tiny.control_config(backgrounds="videos"), Image.new("RGB", (4, 4))
    own, davis = tmp_path / "own", tmp_path / "davis"
    for video in (*(own / split / "one" for split in SEEDS), *(davis / name for name in DAVIS["test"])):
        video.mkdir(parents=True)
        frame.save(video / "0.png")
    assert world_settings(config, "test", folder=own).backgrounds == Videos(own / "test")
    assert world_settings(config, "test", folder=davis).backgrounds == Videos(davis, DAVIS["test"])
    with pytest.raises(ValueError, match="^videos has no 'bear' in "):
        world_settings(config, "training", folder=davis)
    for folder, other, message in (
        (None, config, "folder of videos is None; it must be given for backgrounds videos"),
        (own, tiny.control_config(), f"folder of videos is '{own}'; it must be None for procedural"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            world_settings(other, "test", folder=folder)


def test_the_same_videos_in_other_splits_are_others(tmp_path):
    digests = []
    for num_training in (1, 2):
        splits = ["training"] * num_training + ["validation"] * (3 - num_training) + ["test"]
        folder = tmp_path / f"{num_training}"
        for name, split in zip("abcd", splits, strict=True):
            (video := folder / split / name).mkdir(parents=True)
            Image.new("RGB", (4, 4)).save(video / "0.png")
        digests.append(videos_digest(folder))
    assert digests[0] != digests[1]


def test_other_videos_than_the_configuration_names_are_refused(tmp_path):
    for folder, color in (("one", "red"), ("same", "red"), ("other", "blue")):
        for split in SEEDS:
            (video := tmp_path / folder / split / "video").mkdir(parents=True)
            Image.new("RGB", (4, 4), color if split == "test" else "red").save(video / "0.png")
    one, same, other = (videos_digest(tmp_path / folder) for folder in ("one", "same", "other"))
    assert one == same != other
    config = tiny.control_config(backgrounds="videos", videos=one)
    folder = tmp_path / "other"
    message = f"videos is {str(folder)!r}, with digest {other}; it must be that with {one}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"), opened(config, 0, videos=folder):
        pass


def test_a_split_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="^split is 'all'; it must be one of training, validation, test$"):
        world_settings(tiny.control_config(), "all")
