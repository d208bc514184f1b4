import pytest

from pisces.control.tasks import EPISODE_STEPS, TASKS


def test_actions_repeat_as_in_the_paper():
    repeats = {name: task.action_repeat for name, task in TASKS.items()}
    assert repeats == {
        "ball-in-cup-catch": 4,
        "cartpole-swingup": 8,
        "cheetah-run": 4,
        "finger-spin": 2,
        "reacher-easy": 4,
        "walker-walk": 2,
    }


def test_the_decisions_of_an_episode_fill_its_steps():
    assert {task.action_repeat * task.num_decisions for task in TASKS.values()} == {EPISODE_STEPS}


@pytest.mark.parametrize("name", TASKS)
def test_an_episode_ends_after_the_last_decision_and_not_before(unseen, name):
    simulation = unseen(name)
    moment, num_decisions = simulation.reset(), 0
    while not moment.is_last:
        moment = simulation.step([0.0] * simulation.action_size)
        assert 0 <= moment.reward <= TASKS[name].action_repeat
        num_decisions += 1
    assert num_decisions == TASKS[name].num_decisions
    assert moment.discount == 1.0
