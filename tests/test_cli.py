"""The command line as a whole: what it loads, and with which status it ends."""

import subprocess
import sys

import pytest

from pisces import __version__, doctor
from pisces.cli import main


def test_commands_that_learn_nothing_load_no_tensorflow(call):
    commands = [
        *(["--help"], ["train", "--help"], ["--version"], ["play"], ["doctor"]),
        *(["verify", "--help"], ["status"], ["table", "table2"]),
    ]
    code = (
        "import sys\nfrom pisces.cli import main\n"
        f"for words in {commands}:\n"
        "    try: assert not main(words)\n"
        "    except SystemExit as end: assert not end.code\n"
        "    print(words, 'tensorflow' in sys.modules)"
    )
    output = call(code=code)
    assert output.stderr == ""
    said = output.stdout.splitlines()
    assert [f"{words} False" for words in commands] == [line for line in said if line.startswith("[")]


def test_importing_pisces_loads_no_tensorflow(call):
    assert call(code="import sys, pisces; print('tensorflow' in sys.modules)").stdout == "False\n"


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert not end.value.code
    assert capsys.readouterr().out == f"pisces {__version__}\n"


def test_python_m_pisces_is_the_command_pisces():
    command = [sys.executable, "-m", "pisces", "play", "--fps", "0"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "pisces play: --fps is 0.0; it must be from 0.01 to 50\n"


def test_an_unknown_command_is_refused(refused):
    assert refused("learn").startswith("pisces: argument command: invalid choice: 'learn'")


def test_a_reader_who_leaves_early_is_told_nothing():
    command = [sys.executable, "-c", "from pisces.cli import main; raise SystemExit(main(['play']))"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait() == 141


def test_an_interruption_is_silent(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "problems", interrupted)
    assert main(["doctor"]) == 130
    assert capsys.readouterr() == ("", "")
