import re

import pytest
import tiny

from pisces.control.backgrounds import SEEDS, Procedural, Still
from pisces.control.settings import world_settings


def test_a_run_is_seen_before_the_backgrounds_of_its_split():
    config = tiny.control_config()
    for split, seeds in SEEDS.items():
        settings = world_settings(config, split)
        assert settings.backgrounds == Procedural(seeds)
        assert (settings.task, settings.size) == (config.task, config.size)
    assert world_settings(tiny.control_config(backgrounds="still"), "test").backgrounds == Still()


def test_videos_are_those_that_are_given():
    config, videos = tiny.control_config(backgrounds="videos"), Procedural((7, 8))
    assert world_settings(config, "test", videos=videos).backgrounds == videos
    for given, other, message in (
        (None, config, "videos is None; it must be given for backgrounds videos"),
        (videos, tiny.control_config(), "videos is Procedural(seeds=(7, 8)); it must be None for procedural"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            world_settings(other, "test", videos=given)


def test_a_split_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="^split is 'all'; it must be one of training, validation, test$"):
        world_settings(tiny.control_config(), "all")
