"""A learning curve says what its reports were, and leaves out those that are not there."""

import numpy as np
import tensorflow as tf
import tiny

from pisces.jumping.curve import Curve
from pisces.task import replay

CONFIG = tiny.run_config(num_updates=5, report_interval=2)  # reports after 2, 4 and 5 updates
IS_TEST = np.arange(286) >= 18


def curve_with_reports() -> Curve:
    """The first report and the last; in both the agent jumps at the start, which solves nothing."""
    curve = Curve(CONFIG, is_test=IS_TEST)
    action = np.zeros((286, 56), int)
    action[:, 0] = 1
    played = replay(CONFIG.tasks, action)
    curve.note(played, row=0, mean_loss=np.array([1.0, 2.0]))
    assert not curve.has_end
    curve.note(played, row=2, mean_loss=np.array([0.5, 0.25]))
    return curve


def test_a_report_that_was_not_taken_is_left_out():
    curve = curve_with_reports()
    assert curve.has_end and curve.num_reports == 3
    result = curve.result(seed=3, provenance={"commit": ""})
    np.testing.assert_array_equal(result.update, [2, 5])
    np.testing.assert_array_equal(result.imitation_loss, [1.0, 0.5])
    np.testing.assert_array_equal(result.embedding_loss, [2.0, 0.25])
    assert not result.solved_at.any() and (result.jump_step == 0).all()
    assert curve.at(2) == (0.5, 0.25, 0.0)
    assert (result.config, result.seed, result.seconds) == (CONFIG, 3, 0.0)


def test_a_checkpoint_brings_back_all_that_is_known(tmp_path):
    curve, other = curve_with_reports(), Curve(CONFIG, is_test=IS_TEST)
    curve.seconds.assign_add(7.0)
    path = tf.train.Checkpoint(**curve.variables).save(str(tmp_path / "kept"))
    tf.train.Checkpoint(**other.variables).restore(path).assert_consumed()
    one, another = (each.result(seed=0, provenance={}) for each in (curve, other))
    assert one.seconds == another.seconds == 7.0
    for name in ("update", "imitation_loss", "embedding_loss", "solved_at", "jump_step"):
        np.testing.assert_array_equal(getattr(one, name), getattr(another, name))
