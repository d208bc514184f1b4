"""What the figures of chapter 4 show is the data."""

from types import SimpleNamespace

import matplotlib.colors
import numpy as np
import pytest

from pisces.chapters.training import figures as draw
from pisces.drawing import style
from pisces.task import NUM_TASKS, Task, all_tasks, splits

TASKS = (Task(22, 12), Task(24, 18))


def result(*, solved=0.5, embedding_loss=0.0, num_reports=3, seed=0):
    """A made-up result: a share of tasks is solved, losses fall from report to report."""
    test_tasks = set(splits.test_tasks("wide"))
    update = np.arange(1, num_reports + 1) * 10
    return SimpleNamespace(
        solved=np.random.default_rng(seed).random(NUM_TASKS) < solved,
        is_test=np.array([task in test_tasks for task in all_tasks()]),
        update=update,
        imitation_loss=1 / update,
        embedding_loss=embedding_loss / update,
        solved_share=update / 100,
    )


def map_of(*, cosine, seed=0):
    """A made-up map of states 16, 15 and 14 pixels before the obstacle, in two tasks."""
    states = SimpleNamespace(
        tasks=TASKS,
        task_index=np.array([0, 0, 0, 1, 1, 1]),
        obstacle_distance=np.array([16, 15, 14, 16, 15, 14]),
    )
    return SimpleNamespace(
        states=states,
        position=np.random.default_rng(seed).normal(size=(6, 2)),
        difference=np.arange(3),
        cosine=np.array(cosine),
        cosine_of_others=0.125,
    )


@pytest.fixture(scope="module")
def results():
    return {"randconv": result(seed=1), "randconv-pse": result(solved=0.8, embedding_loss=5.0)}


@pytest.fixture(scope="module")
def maps():
    return {
        ("randconv", "f"): map_of(cosine=[0.5, 0.4, 0.3]),
        ("randconv-pse", "z"): map_of(cosine=[1.0, 0.2, 0.0], seed=1),
    }


def lines(panel):
    """Data of the lines of a panel by their colour."""
    return {line.get_color(): line.get_xydata() for line in panel.lines}


def panels_of(figure):
    return [panel for panel in figure.axes if panel.get_visible()]


def test_views_and_kernels_are_drawn_in_order_on_one_scale():
    generator = np.random.default_rng(0)
    frame, views = generator.random((60, 60)), generator.normal(size=(6, 60, 60))
    kernels = generator.normal(size=(6, 2, 2))
    figure = draw.augmented_views(frame, views, kernels)
    original, *others = [panel for panel in panels_of(figure) if panel.images]
    np.testing.assert_array_equal(original.images[0].get_array(), frame)
    assert original.get_title() == "original" and not original.child_axes
    assert len(others) == 6
    for panel, view, kernel in zip(others, views, kernels, strict=True):
        (inset,) = panel.child_axes
        np.testing.assert_array_equal(panel.images[0].get_array(), view)
        np.testing.assert_array_equal(inset.images[0].get_array(), kernel)
        assert panel.images[0].get_clim() == inset.images[0].get_clim() == original.images[0].get_clim()
        assert panel.images[0].origin == inset.images[0].origin == "lower"
    low, high = original.images[0].get_clim()
    assert low == -high


def test_curves_are_the_results_in_the_colors_of_their_methods(results):
    imitation, embedding, solved = draw.learning_curves(results).axes
    for method, shown in results.items():
        color = style.METHODS[method].color
        np.testing.assert_array_equal(
            lines(imitation)[color], np.stack([shown.update, shown.imitation_loss], axis=1)
        )
        np.testing.assert_array_equal(lines(solved)[color][:, 1], shown.solved_share)
    assert list(lines(embedding)) == [style.METHODS["randconv-pse"].color]
    np.testing.assert_array_equal(embedding.lines[0].get_ydata(), results["randconv-pse"].embedding_loss)


def test_curves_name_their_methods_and_units(results):
    figure = draw.learning_curves(results)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [style.METHODS[method].label for method in results]
    assert [panel.get_ylabel() for panel in figure.axes[:2]] == ["nats", "nats"]
    assert {panel.get_xlabel() for panel in figure.axes} == {"updates"}


def test_a_board_shows_which_tasks_are_solved(results):
    figure = draw.solved_boards(results)
    for panel, shown in zip(figure.axes, results.values(), strict=True):
        (picture,) = panel.images
        colors = picture.cmap(picture.norm(picture.get_array()))
        is_green = colors == matplotlib.colors.to_rgba(style.TASKS["solved"].color)
        expected = shown.solved.reshape(26, 11).T  # obstacle positions to the right, floor heights up
        np.testing.assert_array_equal(is_green.all(axis=-1), expected)
        assert picture.get_extent() == [19.5, 45.5, 9.5, 20.5] and picture.origin == "lower"


def test_a_board_marks_the_training_tasks_and_counts_the_others(results):
    figure = draw.solved_boards(results)
    training = {(task.obstacle_position, task.floor_height) for task in splits.training_tasks("wide")}
    for panel, (method, shown) in zip(figure.axes, results.items(), strict=True):
        (marks,) = panel.lines
        assert {tuple(place) for place in marks.get_xydata()} == training
        share = 100 * shown.solved[shown.is_test].sum() / 268
        assert panel.get_title() == f"{style.METHODS[method].label}: {share:.0f}% of unseen tasks"


def test_a_map_shows_the_states_of_each_task_in_its_color(maps):
    *panels, _ = panels_of(draw.embedding_maps(maps))
    assert len(panels) == len(maps)
    for panel, shown in zip(panels, maps.values(), strict=True):
        assert len(panel.collections) == len(TASKS)
        for index, dots in enumerate(panel.collections):
            own = shown.states.task_index == index
            np.testing.assert_allclose(dots.get_offsets(), shown.position[own])
            color = matplotlib.colors.to_hex(dots.get_facecolor()[0]).upper()
            assert color == draw.TASK_COLORS[index]


def test_a_map_labels_every_fifth_distance_and_the_jump(maps):
    panel = panels_of(draw.embedding_maps(maps))[0]
    shown = maps["randconv", "f"]
    labels = {tuple(text.get_position()): text.get_text() for text in panel.texts}
    is_labelled = shown.states.obstacle_distance < 16
    expected = zip(shown.position[is_labelled], shown.states.obstacle_distance[is_labelled], strict=True)
    assert labels == {tuple(place): str(distance) for place, distance in expected}
    squares = [line.get_xydata()[0] for line in panel.lines if line.get_marker() == "s"]
    np.testing.assert_array_equal(squares, shown.position[shown.states.obstacle_distance == 14])


def test_cosines_stand_below_each_map_and_in_the_last_panel(maps):
    *panels, last = panels_of(draw.embedding_maps(maps))
    assert [panel.get_xlabel() for panel in panels] == [
        "cosine 0.50 at PSM 0, 0.12 elsewhere",
        "cosine 1.00 at PSM 0, 0.12 elsewhere",
    ]
    for line, ((method, _), shown) in zip(last.lines, maps.items(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.stack([shown.difference, shown.cosine], axis=1))
        assert line.get_color() == style.METHODS[method].color
        assert style.METHODS[method].label in line.get_label()


@pytest.mark.parametrize("count", [0, 4])
def test_a_number_of_maps_that_does_not_fit_is_refused(count):
    maps = {(f"method {index}", "f"): map_of(cosine=[1, 0, 0]) for index in range(count)}
    with pytest.raises(ValueError, match=f"maps holds {count}"):
        draw.embedding_maps(maps)


def test_more_tasks_than_colors_are_refused():
    crowded = map_of(cosine=[1, 0, 0])
    crowded.states.tasks = tuple(all_tasks()[:7])
    with pytest.raises(ValueError, match="maps show 7 tasks"):
        draw.embedding_maps({("randconv", "f"): crowded})
