"""The front page and the logo, as readers see them: a figure to move, and a film where no script runs."""

import front
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from pisces import task
from pisces.experiments import catalogue, evidence

pytestmark = pytest.mark.pages

FRONT = "book/intro.html"
WIDTHS = (1280, 390)
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
TASKS = task.all_tasks()
START = task.Task(43, 17)
METHOD_GREY = 0x6E


@pytest.fixture(scope="module")
def race() -> front.Race:
    """The committed runs that the figure plays."""
    cells = catalogue.select(catalogue.cells("table1"), column=front.GRID)
    return front.chosen_race(evidence.gather(cells, is_live=False))


@pytest.fixture
def still(visit) -> Page:
    """The front page for a reader who wants no motion, so that its figure shows the ends of games."""
    return visit(FRONT, reduced_motion="reduce")


def part(page: Page, name: str):
    return page.locator(f".pisces-race-{name}")


def slider(page: Page, name: str):
    return page.get_by_role("slider", name=name)


def chosen(page: Page) -> task.Task:
    return task.Task(*(int(slider(page, name).input_value()) for name in ("Obstacle", "Floor")))


def choose(page: Page, one: task.Task) -> None:
    slider(page, "Obstacle").fill(str(one.obstacle_position))
    slider(page, "Floor").fill(str(one.floor_height))


def ends(page: Page) -> list[bool]:
    """Whether each agent gets across, as the page says."""
    texts = part(page, "verdict").all_inner_texts()
    assert all(text == "Gets across" or text.startswith("Crashes: ") for text in texts)
    return [text == "Gets across" for text in texts]


def solved(race: front.Race, one: task.Task) -> list[bool]:
    """Whether each agent gets across, as it was recorded."""
    return [bool(run.solved[task.task_index(one)]) for run in race.runs]


def pictures(page: Page) -> np.ndarray:
    """The games as they are drawn: `[3, 60, 60, 3]`."""
    values = (
        part(page, "picture")
        .locator("canvas")
        .evaluate_all(
            """canvases => canvases.flatMap((canvas) => [...canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data])"""
        )
    )
    return np.reshape(values, (3, task.IMAGE_SIZE, task.IMAGE_SIZE, 4))[..., :3]


def is_moving(page: Page, milliseconds: int = 400) -> bool:
    before = pictures(page)
    page.wait_for_timeout(milliseconds)
    return bool((pictures(page) != before).any())


def middle(page: Page, number: int = 0) -> tuple[float, float, float]:
    """Where the obstacle of a picture is on the screen, and how large a pixel of the game is there."""
    part(page, "handle").nth(number).scroll_into_view_if_needed()
    box = part(page, "handle").nth(number).bounding_box()
    grain = part(page, "picture").nth(number).bounding_box()["width"] / task.IMAGE_SIZE
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, grain


def swipe(page: Page, x: float, y: float, to_x: float, to_y: float) -> None:
    """Moves a finger over the screen."""
    touch = page.context.new_cdp_session(page)
    for share in np.linspace(0, 1, 12):
        point = {"x": x + share * (to_x - x), "y": y + share * (to_y - y)}
        kind = "touchMove" if share else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        page.wait_for_timeout(20)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_the_figure_opens_on_the_task_that_tells_the_agents_apart(still, race):
    assert chosen(still) == race.task == START
    assert ends(still) == solved(race, START) == [False, False, True]
    expect(part(still, "score")).to_have_text(
        [f"Solves {np.sum(run.solved & run.is_test)} of 268 unseen tasks" for run in race.runs]
    )


def test_the_words_are_the_same_with_and_without_javascript(still, visit):
    plain = visit(FRONT, java_script_enabled=False)
    for name in ("verdict", "score", "task"):
        assert part(plain, name).all_inner_texts() == part(still, name).all_inner_texts()


def test_every_agent_plays_every_task_as_it_was_recorded(still, race):
    generator = np.random.default_rng(0)
    unseen, trained = (generator.permutation(np.flatnonzero(race.runs[0].is_test == held)) for held in (1, 0))
    for index in (*unseen[:12], *trained[:3]):
        one = TASKS[index]
        choose(still, one)
        assert ends(still) == solved(race, one)
        jumps = np.array([run.jump_step[index] for run in race.runs])
        action = np.where(jumps[:, None] == np.arange(task.EPISODE_LENGTH), task.JUMP, task.RIGHT)
        played = task.replay([one] * 3, action, record_frames=True)
        shown, expected = pictures(still), task.picture(played.frames[:, -1])
        # The rest of what is drawn is where the agent was before, and how its game ended.
        is_state = (shown == shown[..., :1]).all(axis=-1) & (shown[..., 0] != METHOD_GREY)
        np.testing.assert_array_equal(shown[is_state], expected[is_state])
        assert is_state.mean() > 0.7
        assert ((shown == 255).all(axis=-1) == (expected == 255).all(axis=-1)).mean() > 0.98


def test_the_page_says_which_tasks_are_unseen(still, race):
    for one in (task.Task(40, 15), task.Task(40, 16)):
        choose(still, one)
        is_unseen = race.runs[0].is_test[task.task_index(one)]
        said = "none of the three has seen this task" if is_unseen else "all three were trained on this task"
        where = f"Obstacle {one.obstacle_position}, floor {one.floor_height}"
        expect(part(still, "task")).to_contain_text(f"{where}: {said}")


@pytest.mark.parametrize("number", range(3))
def test_the_obstacle_of_every_picture_is_dragged_by_a_mouse(still, race, number):
    x, y, grain = middle(still, number)
    still.mouse.move(x, y)
    still.mouse.down()
    goals = [task.Task(41, 17), task.Task(33, 14), task.Task(25, 20), task.Task(20, 10)]
    for goal in goals:
        right, up = goal.obstacle_position - START.obstacle_position, goal.floor_height - START.floor_height
        still.mouse.move(x + right * grain, y - up * grain, steps=3)
        assert chosen(still) == goal
        assert ends(still) == solved(race, goal)
    still.mouse.move(0, y, steps=2)
    assert chosen(still).obstacle_position == 20
    still.mouse.up()
    still.mouse.move(x, y)
    assert chosen(still).obstacle_position == 20


def test_a_finger_drags_the_obstacle_and_the_page_stays(visit, race):
    page = visit(FRONT, **PHONE, reduced_motion="reduce")
    x, y, grain = middle(page)
    before = page.evaluate("scrollY")
    swipe(page, x, y, x - 10 * grain, y + 5 * grain)
    assert chosen(page) == task.Task(33, 12)
    assert ends(page) == solved(race, task.Task(33, 12))
    assert page.evaluate("scrollY") == before


def test_a_finger_beside_the_obstacle_scrolls_the_page(visit):
    page = visit(FRONT, **PHONE, reduced_motion="reduce")
    x, y, grain = middle(page)
    before = page.evaluate("scrollY")
    swipe(page, x - 28 * grain, y, x - 28 * grain, y - 200)
    assert chosen(page) == START
    page.wait_for_function(f"scrollY > {before + 100}")


def test_a_handle_is_large_enough_for_a_finger(visit):
    page = visit(FRONT, **PHONE, reduced_motion="reduce")
    x, y, _ = middle(page)
    for right, down in ((21, 0), (-21, 0), (0, 21), (0, -21)):
        hit = "([x, y]) => document.elementFromPoint(x, y).className"
        assert page.evaluate(hit, [x + right, y + down]) == "pisces-race-handle"


def test_a_drag_ends_with_the_games_played(visit):
    page = visit(FRONT)
    expect(part(page, "play")).to_have_text("Pause")
    x, y, grain = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 5 * grain, y)
    assert not is_moving(page)
    page.mouse.up()
    expect(part(page, "play")).to_have_text("Pause")
    assert is_moving(page)


def test_the_sliders_are_moved_by_keys_and_say_what_comes_of_it(still, race):
    slider(still, "Obstacle").focus()
    still.keyboard.press("ArrowLeft")
    still.keyboard.press("ArrowLeft")
    still.keyboard.press("Tab")
    expect(slider(still, "Floor")).to_be_focused()
    still.keyboard.press("ArrowUp")
    assert chosen(still) == task.Task(41, 18)
    assert ends(still) == solved(race, task.Task(41, 18))
    for one, what in (
        (START, "unseen; gets across: RandConv + PSEs"),
        (task.Task(40, 15), "trained on; gets across: all three"),
    ):
        choose(still, one)
        where = f"obstacle {one.obstacle_position}, floor {one.floor_height}"
        for name in ("Obstacle", "Floor"):
            expect(slider(still, name)).to_have_attribute("aria-valuetext", f"{where}, {what}")
    part(still, "back").focus()
    still.keyboard.press("Enter")
    assert chosen(still) == START


def test_a_click_on_a_map_chooses_the_task(still, race):
    for number, one in enumerate((task.Task(20, 10), task.Task(31, 14), task.Task(45, 20))):
        box = part(still, "map").nth(number).bounding_box()
        column = one.obstacle_position - task.TASK_OBSTACLE_POSITIONS[0] + 0.5
        row = one.floor_height - task.TASK_FLOOR_HEIGHTS[0] + 0.5
        place = {"x": box["width"] * column / 26, "y": box["height"] * (1 - row / 11)}
        part(still, "map").nth(number).click(position=place)
        assert chosen(still) == one
        here = part(still, "map").nth(number).locator(".pisces-race-here").bounding_box()
        assert abs(here["x"] + here["width"] / 2 - box["x"] - place["x"]) < 1
        assert abs(here["y"] + here["height"] / 2 - box["y"] - place["y"]) < 1


def test_a_map_has_the_colour_of_every_task_and_a_dot_where_the_agent_was_trained(still, race):
    # The colours at the corner and in the middle of each of its 26 x 11 cells, from the bottom to the top.
    code = """canvas => {
        const [width, height] = [canvas.width / 26, canvas.height / 11], context = canvas.getContext("2d");
        const colors = [];
        const see = (x, y) => colors.push(...context.getImageData(x * width, y * height, 1, 1).data);
        for (let column = 0; column < 26; column++) {
            for (let row = 10; row >= 0; row--) [0, 0.5].forEach((at) => see(column + at, row + at));
        }
        return colors; }"""
    colors = {role: list(bytes.fromhex(color[1:])) for role, color in front.data(race)["colors"].items()}
    for number, run in enumerate(race.runs):
        values = part(still, "map").nth(number).locator("canvas").evaluate(code)
        corners, middles = np.moveaxis(np.reshape(values, (len(TASKS), 2, 4))[..., :3], 1, 0)
        grounds = np.where(run.solved[:, None], colors["solved"], colors["unsolved"])
        np.testing.assert_array_equal(corners, grounds)
        dots = np.where(run.is_test[:, None], grounds, colors["training"])
        np.testing.assert_array_equal(middles, dots)


def test_the_figure_moves_by_itself_once_and_for_less_than_five_seconds(visit):
    page = visit(FRONT)
    expect(part(page, "play")).to_have_text("Pause")
    assert is_moving(page)
    expect(part(page, "play")).to_have_text("Play", timeout=5000)
    assert not is_moving(page, 1000)


def test_the_games_can_be_paused_and_go_on(visit):
    page = visit(FRONT)
    expect(part(page, "play")).to_have_text("Pause")
    part(page, "play").click()
    expect(part(page, "play")).to_have_text("Play")
    assert not is_moving(page)
    part(page, "play").click()
    assert is_moving(page)


def test_out_of_view_nothing_moves(visit):
    page = visit(FRONT)
    expect(part(page, "play")).to_have_text("Pause")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(part(page, "play")).to_have_text("Play", timeout=1000)
    assert not is_moving(page)


def test_readers_who_want_no_motion_see_stills_and_move_them_on_request(still):
    assert part(still, "play").inner_text() == "Play"
    assert not is_moving(still)
    x, y, grain = middle(still)
    still.mouse.move(x, y)
    still.mouse.down()
    still.mouse.move(x - 5 * grain, y)
    still.mouse.up()
    assert not is_moving(still)
    part(still, "play").click()
    assert is_moving(still)


@pytest.mark.parametrize("width", WIDTHS)
def test_without_javascript_a_film_is_shown_and_can_be_stopped(visit, width):
    page = visit(FRONT, width=width, java_script_enabled=False)
    films, stills = part(page, "film"), part(page, "still")
    assert films.count() == stills.count() == 3
    assert films.first.is_visible() and not stills.first.is_visible()
    page.get_by_label("Stop the film").check()
    assert stills.first.is_visible() and stills.last.is_visible() and not films.first.is_visible()
    for name in ("controls", "legend", "how"):
        assert not part(page, name).is_visible()


def test_without_javascript_readers_who_want_no_motion_see_none(visit):
    page = visit(FRONT, reduced_motion="reduce", java_script_enabled=False)
    assert not part(page, "film").first.is_visible()
    assert part(page, "still").first.is_visible()
    assert not page.get_by_label("Stop the film").is_visible()


def test_with_javascript_no_film_is_loaded(visit):
    page = visit(FRONT)
    loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert any("front_data.js?v=" in name for name in loaded)
    assert not any(name.endswith(front.FILM) for name in loaded)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_every_part_is_inside_the_window_and_follows_the_theme(visit, width, is_dark):
    page = visit(FRONT, width=width, is_dark=is_dark, reduced_motion="reduce")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    spilt = """() => [...document.querySelectorAll(".pisces-race *")].filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 0 && (left < 0 || right > window.innerWidth);
    }).map((element) => element.outerHTML.slice(0, 80))"""
    assert page.evaluate(spilt) == []
    ink, paper = part(page, "play").evaluate(
        """element => { const { color, backgroundColor } = getComputedStyle(element);
            return [color, backgroundColor].map((text) => text.match(/\\d+/g).slice(0, 3)
                .reduce((sum, value) => sum + Number(value), 0)); }"""
    )
    assert abs(ink - paper) > 300 and (ink > paper) == is_dark


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("has_script", [False, True])
def test_all_pictures_of_games_are_there_square_and_alike(visit, width, has_script):
    page = visit(FRONT, width=width, java_script_enabled=has_script)
    shown = part(page, "picture").locator("canvas:visible, img:visible")
    boxes = [picture.bounding_box() for picture in shown.all()]
    sizes = {(round(box["width"]), round(box["height"])) for box in boxes}
    assert shown.count() == 3 and len(sizes) == 1 and len(set(sizes.pop())) == 1
    for picture in page.locator(".pisces-race img:visible").all():
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_a_page_of_paper_has_the_games_and_nothing_to_press(still):
    still.emulate_media(media="print")
    assert part(still, "picture").locator("canvas").first.is_visible()
    assert not part(still, "controls").is_visible() and not part(still, "handle").first.is_visible()


def test_every_part_to_use_and_to_look_at_has_a_name(still):
    assert still.get_by_role("figure", name="Three agents play the same task").count() == 1
    expect(
        still.get_by_role("img", name="The game of RandConv + PSEs, obstacle 43, floor 17: Gets across")
    ).to_be_visible()
    for name in ("Play", "First task"):
        expect(still.get_by_role("button", name=name)).to_be_visible()


def test_the_front_page_works_from_a_disk(browser, pages):
    page, faults = browser.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((pages / FRONT).as_uri())
    expect(part(page, "picture").locator("canvas")).to_have_count(3)
    page.close()
    assert not faults


@pytest.mark.parametrize("is_dark", [False, True])
def test_the_logo_stands_beside_its_word_and_leads_home(visit, is_dark):
    logo = visit(FRONT, is_dark=is_dark).locator(".navbar-brand.logo").first
    assert logo.inner_text().strip() == "Pisces"
    assert logo.locator("img:visible").count() == 1
    assert logo.locator("img:visible").bounding_box()["height"] <= 100


def test_every_icon_that_a_page_names_is_there(visit, address):
    page = visit(FRONT)
    icons = page.locator('link[rel="icon"], link[rel="apple-touch-icon"]')
    addresses = icons.evaluate_all("icons => icons.map(icon => icon.href)")
    assert len(addresses) == 3
    for icon in addresses:
        assert icon.startswith(address) and page.request.get(icon).ok
