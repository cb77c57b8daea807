"""The queue: every job once, in order, whoever looks and whoever dies."""

import subprocess
import sys
import threading

import pytest

from recsys.data.files import write_json
from recsys.runs import jobs
from recsys.runs.queue import Queue
from recsys.runs.store import RunFolder, RunStore


class Launcher:
    """Starts a process that sleeps in place of a training, and counts how often for whom."""

    def __init__(self):
        self.launched, self.processes = [], {}

    def __call__(self, folder):
        self.launched.append(folder.run_id)
        self.processes[folder.run_id] = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        jobs.note_process(folder, self.processes[folder.run_id].pid)

    def end(self, run_id):
        process = self.processes.pop(run_id)
        process.kill()
        process.wait()


@pytest.fixture
def launch():
    launcher = Launcher()
    yield launcher
    for run_id in list(launcher.processes):
        launcher.end(run_id)


@pytest.fixture
def queue(tmp_path):
    store = RunStore(tmp_path / "runs")
    for name in ("a", "b", "c"):
        (store.root / name).mkdir(parents=True)
        write_json(store.root / name / "config.json", {})
    return Queue(tmp_path / "jobs.sqlite", store)


def submit(queue, *names):
    for name in names:
        queue.submit(name)


def test_nobody_waits_at_first_and_looking_writes_no_file(queue, launch):
    assert queue.waiting() == []
    queue.advance(launch)
    assert not queue.path.exists()


def test_the_first_starts_and_the_others_wait_in_order(queue, launch):
    submit(queue, "a", "b", "c")
    queue.advance(launch)
    queue.advance(launch)
    assert launch.launched == ["a"]
    assert queue.waiting() == ["b", "c"]


def test_the_next_starts_when_the_first_has_ended(queue, launch):
    submit(queue, "a", "b", "c")
    queue.advance(launch)
    launch.end("a")
    queue.advance(launch)
    assert launch.launched == ["a", "b"]
    assert queue.waiting() == ["c"]


def test_as_many_run_as_the_limit_says(queue, launch):
    queue.limit = 2
    submit(queue, "a", "b", "c")
    queue.advance(launch)
    assert launch.launched == ["a", "b"]


def test_submitting_twice_is_one_job(queue, launch):
    submit(queue, "a", "b", "a")
    assert queue.waiting() == ["a", "b"]


def test_one_that_is_taken_out_does_not_start(queue, launch):
    submit(queue, "a", "b")
    assert queue.cancel("a")
    assert not queue.cancel("a")
    queue.advance(launch)
    assert launch.launched == ["b"]


def test_one_that_runs_already_is_taken_off_and_not_started_again(queue, launch):
    """As after a death between the launch and the end of the transaction."""
    submit(queue, "a", "b")
    launch(RunFolder(queue.store.root / "a"))
    queue.advance(launch)
    assert launch.launched == ["a"]
    assert queue.waiting() == ["b"]


def test_one_that_may_run_on_another_host_is_not_started_and_takes_no_place_here(queue, launch):
    note = {"pid": 1, "started": 1.0, "host": "elsewhere"}
    write_json(queue.store.root / "a" / jobs.PROCESS, note)
    submit(queue, "a", "b")
    queue.advance(launch)
    assert launch.launched == ["b"]
    assert queue.waiting() == []


def test_a_launch_that_fails_leaves_the_job_in_its_place(queue, launch):
    def refuse(folder):
        raise OSError("no process left")

    submit(queue, "a", "b")
    with pytest.raises(OSError, match="no process left"):
        queue.advance(refuse)
    assert queue.waiting() == ["a", "b"]


def test_a_run_whose_folder_is_gone_is_passed_over(queue, launch):
    submit(queue, "gone", "a")
    queue.advance(launch)
    assert launch.launched == ["a"]
    assert queue.waiting() == []


def test_many_who_look_at_once_start_a_job_once(queue, launch):
    submit(queue, "a", "b", "c")
    gate = threading.Barrier(8)

    def look():
        gate.wait()
        Queue(queue.path, queue.store).advance(launch)

    looks = [threading.Thread(target=look) for _ in range(8)]
    for thread in looks:
        thread.start()
    for thread in looks:
        thread.join()
    assert launch.launched == ["a"]
