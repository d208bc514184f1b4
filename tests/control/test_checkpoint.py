import numpy as np
import pytest
import tensorflow as tf

from pisces.control import checkpoint


def written(folder, value):
    variable = tf.Variable(float(value))
    groups = {"run": {"count": np.array(value)}, "replay": {"frame": np.full(3, value, np.uint8)}}
    checkpoint.write(folder, tf.train.Checkpoint(variable=variable), groups)


def test_the_latest_state_is_read_and_older_ones_are_removed(tmp_path):
    folder = tmp_path / "of" / "run"
    for value in range(12):  # past 9, where an order of names would be another
        written(folder, value)
    assert [path.name for path in folder.iterdir()] == ["state-11"]
    variable = tf.Variable(-1.0)
    groups = checkpoint.read(folder, tf.train.Checkpoint(variable=variable))
    assert variable.numpy() == groups["run"]["count"] == 11
    np.testing.assert_array_equal(groups["replay"]["frame"], np.full(3, 11))


def test_what_was_killed_while_it_wrote_changes_nothing(tmp_path):
    written(tmp_path, 1)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "arrays.npz").write_text("half")
    variable = tf.Variable(-1.0)
    assert checkpoint.read(tmp_path, tf.train.Checkpoint(variable=variable))["run"]["count"] == 1
    written(tmp_path, 2)
    assert checkpoint.read(tmp_path, tf.train.Checkpoint(variable=variable))["run"]["count"] == 2


def test_what_was_killed_before_it_removed_the_older_state_leaves_the_newer(tmp_path):
    written(tmp_path, 1)
    (tmp_path / "state-0").rename(tmp_path / "kept")
    written(tmp_path, 2)
    (tmp_path / "state-0").rename(tmp_path / "state-1")
    (tmp_path / "kept").rename(tmp_path / "state-0")
    variable = tf.Variable(-1.0)
    checkpoint.read(tmp_path, tf.train.Checkpoint(variable=variable))
    assert variable.numpy() == 2


def test_a_folder_without_a_state_gives_none(tmp_path):
    variables = tf.train.Checkpoint(variable=tf.Variable(0.0))
    assert checkpoint.read(tmp_path, variables) is None
    assert checkpoint.read(tmp_path / "none", variables) is None


def test_a_state_of_other_variables_is_an_error(tmp_path):
    written(tmp_path, 1)
    with pytest.raises(AssertionError, match="not bound to checkpointed values"):
        checkpoint.read(tmp_path, tf.train.Checkpoint(other=tf.Variable(0.0)))


def test_a_generator_goes_on_where_the_other_was():
    one, other = np.random.default_rng(0), np.random.default_rng(1)
    one.normal(size=7)
    checkpoint.restore_generator(other, checkpoint.generator_state(one))
    np.testing.assert_array_equal(one.integers(100, size=20), other.integers(100, size=20))
