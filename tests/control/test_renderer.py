import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from pisces import doctor
from pisces.control import renderer as renderers
from pisces.control.backgrounds import Videos
from pisces.control.renderer import Renderer, RendererError, graphics_libraries, rendering_advice
from pisces.control.world import WorldSettings

SETTINGS = WorldSettings(task="reacher-easy", size=16)
BLIND = WorldSettings(task="reacher-easy", size=None)


def is_running(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def ends(process_id):
    deadline = time.monotonic() + 10
    while is_running(process_id) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(process_id)


def test_a_renderer_says_what_it_renders_with(rendering):
    with Renderer(SETTINGS) as renderer:
        assert renderer.graphics_library in graphics_libraries()
        assert renderer.action_size == 2
        assert renderer.reset(0, 0).frame.shape == (16, 16, 3)


def test_a_killed_renderer_is_one_error(physics):
    with Renderer(BLIND) as renderer:
        renderer.reset(0, 0)
        os.kill(renderer.process_id, signal.SIGKILL)
        with pytest.raises(RendererError, match=r"process \d+\) was killed by signal 9 \(SIGKILL\)$"):
            for _ in range(3):
                renderer.step([0.0, 0.0])
        with pytest.raises(RendererError, match="was killed by signal 9"):
            renderer.reset(0, 0)


def test_a_renderer_that_hangs_is_stopped_and_one_error(physics):
    with Renderer(BLIND, answer_limit=0.3) as renderer:
        renderer.reset(0, 0)
        os.kill(renderer.process_id, signal.SIGSTOP)
        with pytest.raises(RendererError, match=r"did not answer within 0\.3 s and was stopped$"):
            renderer.step([0.0, 0.0])
        assert not is_running(renderer.process_id)


def test_a_closed_renderer_is_one_error_and_its_process_ends(physics):
    renderer = Renderer(BLIND)
    renderer.close()
    renderer.close()
    assert not is_running(renderer.process_id)
    with pytest.raises(RendererError, match="the renderer was closed"):
        renderer.reset(0, 0)


def test_a_renderer_that_nobody_keeps_ends(physics):
    renderer = Renderer(BLIND)
    process_id = renderer.process_id
    del renderer
    assert ends(process_id)


def test_an_interrupted_renderer_gives_no_answer_to_another_request(physics, monkeypatch):
    with Renderer(BLIND) as renderer:

        def interrupted(_):
            raise KeyboardInterrupt

        monkeypatch.setattr(renderer._worker._connection, "poll", interrupted)
        with pytest.raises(KeyboardInterrupt):
            renderer.reset(0, 0)
        with pytest.raises(RendererError, match="was interrupted"):
            renderer.reset(0, 0)


def test_a_renderer_ends_with_the_process_that_started_it(physics):
    code = (
        "import os; from pisces.control.renderer import Renderer; "
        "from pisces.control.world import WorldSettings; "
        "renderer = Renderer(WorldSettings(task='reacher-easy', size=None)); "
        "print(renderer.process_id, flush=True); os._exit(0)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert ends(int(output))


def test_a_script_without_a_guard_and_with_tensorflow_can_render(rendering, tmp_path):
    # `multiprocessing` would run such a script again, in each process that it starts.
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, types; sys.modules['tensorflow'] = types.ModuleType('tensorflow')\n"
        "from pisces.control.renderer import Renderer\n"
        "from pisces.control.world import WorldSettings\n"
        "with Renderer(WorldSettings(task='reacher-easy', size=16)) as renderer:\n"
        "    print(renderer.reset(0, 0).frame.shape)\n"
    )
    output = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True).stdout
    assert output == "(16, 16, 3)\n"


def test_a_frame_that_cannot_be_read_is_the_error_of_the_videos(rendering, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "0.png")
    settings = WorldSettings(task="reacher-easy", size=16, backgrounds=Videos(tmp_path))
    (tmp_path / "0.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"^videos has .*0\.png', which cannot be read"):
        Renderer(settings)


def test_no_graphics_library_is_one_error_that_says_what_to_install(physics, monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "nothing")
    with pytest.raises(
        RendererError, match=r"^no graphics library renders \(MUJOCO_GL=nothing: .*; on Debian"
    ):
        Renderer(SETTINGS)


def test_the_next_graphics_library_is_tried_if_one_does_not_render(rendering, monkeypatch):
    (works, *_) = graphics_libraries()
    monkeypatch.setattr(renderers, "graphics_libraries", lambda: ("nothing", works))
    with Renderer(SETTINGS) as renderer:
        assert renderer.graphics_library == works


def test_the_user_chooses_the_graphics_library(monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "osmesa")
    assert graphics_libraries() == ("osmesa",)


def test_a_missing_package_is_an_error_that_says_how_to_install_it(monkeypatch):
    problem = "pisces.control needs mujoco==3.17.0: pip install 'mujoco==3.17.0'"
    monkeypatch.setattr(doctor, "control_problems", lambda: [problem])
    with pytest.raises(ImportError, match=f"^{problem}$"):
        Renderer(SETTINGS)
    assert rendering_advice() == f"rendering: none; {problem}"


def test_the_advice_is_one_line_whatever_renders(rendering, monkeypatch):
    assert rendering_advice() in [f"rendering: {library}" for library in graphics_libraries()]
    monkeypatch.setenv("MUJOCO_GL", "nothing")
    assert (
        rendering_advice().startswith("rendering: none; no graphics library renders")
        and "\n" not in rendering_advice()
    )


def test_a_process_that_hangs_at_its_start_is_stopped_and_one_error(physics, monkeypatch):
    monkeypatch.setattr(renderers, "START_LIMIT", 0.01)
    with pytest.raises(RendererError, match=r"the world cannot be made \(.* did not answer within 0\.01 s"):
        Renderer(BLIND)
    with pytest.raises(
        RendererError, match=r"no graphics library renders \(.* within 0\.01 s and was stopped"
    ):
        Renderer(SETTINGS)


def test_a_time_limit_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="answer_limit is 0; it must be a number of seconds above 0"):
        Renderer(SETTINGS, answer_limit=0)


def test_asking_imports_neither_tensorflow_nor_mujoco():
    code = (
        "import sys, pisces.control.episode; "
        "print({'tensorflow', 'mujoco', 'dm_control'} & {name.split('.')[0] for name in sys.modules})"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "set()\n"


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="there is no /proc to look into")
def test_the_process_that_renders_has_no_tensorflow(rendering):
    import tensorflow

    with Renderer(SETTINGS) as renderer:
        libraries = Path(f"/proc/{renderer.process_id}/maps").read_text()
    assert "mujoco" in libraries and "tensorflow" not in libraries
    assert Path(tensorflow.__file__).parent.name in Path("/proc/self/maps").read_text()


def test_on_windows_it_is_said_where_something_renders(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(RendererError, match="it needs Linux or macOS; on Windows, WSL"):
        Renderer(SETTINGS)
    assert "WSL" in rendering_advice()
