import os
import signal
import subprocess
import sys

import psutil
import pytest

from recsys.data.files import read_json, write_json
from recsys.errors import RunError
from recsys.runs import jobs
from recsys.runs.store import RunFolder
from tests.worlds.stored_runs import whole


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path)


@pytest.fixture
def sleeper():
    """A process of ours that does nothing for a while."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def note(folder, pid, started=None, **host):
    """Without a host the note is as it was before hosts were noted."""
    started = psutil.Process(pid).create_time() if started is None else started
    write_json(folder.path / jobs.PROCESS, {"pid": pid, "started": started, **host})


def test_a_run_that_nobody_trains_is_not_running(folder):
    assert not jobs.is_running(folder)
    assert not jobs.stop(folder)


def test_the_process_that_trains_a_run_is_found_again(folder, sleeper):
    note(folder, sleeper.pid)
    assert jobs.is_running(folder)


def test_a_process_id_that_now_belongs_to_another_is_not_ours(folder, sleeper):
    note(folder, sleeper.pid, started=psutil.Process(sleeper.pid).create_time() - 1000)
    assert not jobs.is_running(folder)


def test_another_process_with_our_old_id_is_never_stopped(folder, sleeper):
    note(folder, sleeper.pid, started=psutil.Process(sleeper.pid).create_time() - 1000)
    assert not jobs.stop(folder)
    assert sleeper.poll() is None


def test_stop_asks_the_process_to_end(folder, sleeper):
    note(folder, sleeper.pid)
    assert jobs.stop(folder)
    assert sleeper.wait(10) == -signal.SIGTERM


def test_a_process_that_ended_does_not_run_even_before_it_is_waited_for(folder, sleeper):
    note(folder, sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # it ended, and is still in the table of processes
    assert psutil.Process(sleeper.pid).status() == psutil.STATUS_ZOMBIE
    assert not jobs.is_running(folder)
    sleeper.wait()
    assert not jobs.is_running(folder)


def test_a_note_says_on_which_host_the_process_is(folder):
    with jobs.held(folder):
        assert read_json(folder.path / jobs.PROCESS)["host"] == jobs.this_host()


def test_a_process_of_another_host_is_neither_alive_nor_dead_nor_stopped(folder, sleeper):
    note(folder, sleeper.pid, host="elsewhere")  # of which this host has one, by chance
    assert not jobs.is_running(folder)
    assert jobs.host_elsewhere(folder) == "elsewhere"
    assert not jobs.stop(folder, at_once=True)
    assert sleeper.poll() is None


def test_a_run_of_another_host_is_not_taken_over_until_it_is_released(folder):
    note(folder, 1, started=1.0, host="elsewhere")
    with pytest.raises(RunError, match="may still be training on host elsewhere"), jobs.held(folder):
        raise AssertionError("the run was taken over")
    assert read_json(folder.path / jobs.PROCESS)["host"] == "elsewhere"
    jobs.release(folder)
    with jobs.held(folder):
        assert jobs.is_running(folder)


def test_a_process_of_this_host_is_not_released(folder, sleeper):
    note(folder, sleeper.pid, host=jobs.this_host())
    jobs.release(folder)
    assert jobs.is_running(folder)


def test_a_run_that_has_ended_is_of_no_other_host(runs):
    folder = whole(runs)
    note(folder, 1, started=1.0, host="elsewhere")
    assert jobs.host_elsewhere(folder) == ""


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"pid": 1}', b"[1]", b'{"pid": "x", "started": 1}'])
def test_a_damaged_note_means_that_nobody_trains(folder, content):
    (folder.path / jobs.PROCESS).write_bytes(content)
    assert not jobs.is_running(folder)


def test_a_process_can_take_a_run_over_from_a_dead_one(folder):
    note(folder, 2**22 - 3, started=1.0)
    with jobs.held(folder):
        assert read_json(folder.path / jobs.PROCESS)["pid"] == os.getpid()
        assert jobs.is_running(folder)
    assert not jobs.is_running(folder)


def test_a_run_that_another_process_holds_is_not_taken_over(folder):
    code = f"""
import sys, time
from recsys.runs import jobs
from recsys.runs.store import RunFolder
from pathlib import Path
with jobs.held(RunFolder(Path({str(folder.path)!r}))):
    print("held", flush=True)
    time.sleep(60)
"""
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(RunError, match=f"another process \\({other.pid}\\)"), jobs.held(folder):
        raise AssertionError("the run was taken over")
    assert read_json(folder.path / jobs.PROCESS)["pid"] == other.pid
    other.kill()
    other.wait()
    with jobs.held(folder):
        assert jobs.is_running(folder)


def test_a_started_job_is_a_session_of_its_own_that_gives_way_and_its_words_are_kept(folder, monkeypatch):
    started = []
    plain = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(plain(*a, **k)) or started[-1])
    jobs.start(folder, ["no-such-command"])
    (process,) = started
    assert read_json(folder.path / jobs.PROCESS)["pid"] == process.pid
    assert os.getsid(process.pid) == process.pid
    assert psutil.Process(process.pid).nice() == jobs.NICE
    assert process.wait(30) == 2
    assert not jobs.is_running(folder)
    assert "no-such-command" in jobs.last_log_lines(folder)


def test_the_last_words_are_the_last_lines(folder):
    assert jobs.last_log_lines(folder) == ""
    (folder.path / jobs.LOG).write_text("one\ntwo\nthree\n\n")
    assert jobs.last_log_lines(folder, lines=2) == "two\nthree"
