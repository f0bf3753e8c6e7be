# SPDX-License-Identifier: Apache-2.0
"""Daemons of the test, each with a folder of its own, and what they leave there."""
import json
import os
import signal
import sqlite3
import subprocess
import time


class Home:
    """One daemon's configuration, state and outputs; it may live many times."""

    def __init__(self, folder, programs, inputs, extra=""):
        self.folder = folder
        self.programs = programs
        self.process = None
        self.alerts_path = os.path.join(folder, "alerts.jsonl")
        self.events_path = os.path.join(folder, "events.jsonl")
        self.control = os.path.join(folder, "control")
        self.log_path = os.path.join(folder, "log")
        self.tmp = os.path.join(folder, "state", "checkpoint.tmp")
        self.conf = os.path.join(folder, "sipvigil.conf")
        self.lives = 0
        self.end = ""  # how it ended by itself
        os.makedirs(os.path.join(folder, "state"))
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write(f'state_dir = "{folder}/state"\n'
                       f'control = "{self.control}"\n'
                       'host = "pbx1"\n'
                       'rules_dir = {}\n'
                       f'{inputs}\n'
                       f'stream "alerts" {{ path = "{self.alerts_path}" }}\n'
                       f'stream "events" {{ path = "{self.events_path}"  what = "events"  where = "failure" }}\n'
                       f'{extra}\n')

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.programs.daemon, "-c", self.conf],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.lives += 1

    def kill(self):
        """True: it was alive, and is no more."""
        if self.process.poll() is not None:
            self.end = f"ended by itself with {self.process.returncode} in life {self.lives}"
            return False
        self.process.kill()
        self.process.wait()
        return True

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return 99

    def ask(self, *words):
        """Lines of JSON that the control socket gives; [] if nobody answers."""
        done = subprocess.run([self.programs.client, words[0], "--socket", self.control, "--json", *words[1:]],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def status(self):
        said = self.ask("status")
        return said[0] if said else {}

    def caught_up(self):
        """It has read something, and there is nothing more to read."""
        sources = self.status().get("sources", [])
        return (any(source.get("lines") for source in sources) and
                all(source["caught_up"] for source in sources))

    def delivered(self):
        return all(output["waiting"] == 0 for output in self.status().get("outputs", [{"waiting": 1}]))

    def lines(self):
        return sum(source.get("lines", 0) for source in self.status().get("sources", []))

    def open_alerts(self):
        return {alert["id"]: alert for alert in self.ask("alerts")}

    def said(self, text):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return sum(text in line for line in file)

    def errors(self):
        """Lines of its log that tell of trouble."""
        words = ("set aside", "cannot", "another build", "out of memory", "Sanitizer", "runtime error",
                 "assert", "not taken", "Interrupted", "is missing")
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return [line.rstrip() for line in file if any(word in line for word in words)]


def tell(alert):
    """What a transition says; not when it was written, nor at which line it was read."""
    alert = json.loads(json.dumps(alert))
    alert["event"].pop("created", None)
    for item in alert.get("sipvigil", {}).get("evidence", []):
        item.pop("line", None)
        item.pop("source", None)
        item.pop("cursor", None)
    return json.dumps(alert, sort_keys=True)


def history(home):
    """Transitions of alerts.db in their order: {id: object}."""
    path = os.path.join(home.folder, "state", "alerts.db")
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        rows = db.execute("SELECT id, json FROM transition ORDER BY seq").fetchall()
    finally:
        db.close()
    return {row[0]: json.loads(row[1]) for row in rows}


def read_lines(path):
    """Objects of a file of JSON lines, and how many of its lines are none."""
    objects, torn = [], 0
    with open(path, "rb") as file:
        text = file.read()
    if text and not text.endswith(b"\n"):
        torn += 1
    for line in text.splitlines():
        try:
            objects.append(json.loads(line))
        except ValueError:
            torn += 1
    return objects, torn


def wait_until(seconds, condition, pause=0.1):
    end = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() > end:
            return False
        time.sleep(pause)
