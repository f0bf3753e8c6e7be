# SPDX-License-Identifier: Apache-2.0
"""Compares a daemon that was killed with one that was not."""
import collections
import json
import subprocess
import time

from homes import history, read_lines, tell, wait_until


class Report:
    """Results, one a line; what is not `ok` is told with what was found."""

    def __init__(self):
        self.failed = 0

    def note(self, text):
        print(f"# {text}", flush=True)

    def check(self, good, name, found=""):
        if not good:
            self.failed += 1
            for line in str(found).splitlines()[:12]:
                self.note(line[:400])
        print(("ok - " if good else "not ok - ") + name, flush=True)


def differences(want, have):
    """In words: what of `want` is missing in `have`, what is too much, what differs."""
    said = [f"missing: {tell(want[i])}" for i in want if i not in have]
    said += [f"too much: {tell(have[i])}" for i in have if i not in want]
    for i in want:
        if i in have and tell(want[i]) != tell(have[i]):
            said += [f"expected: {tell(want[i])}", f"but is:   {tell(have[i])}"]
    return said


def in_order(transitions):
    """The transitions of each incident come in their order."""
    newest = {}
    for alert in transitions:
        incident = alert["sipvigil"]["incident"]
        if alert["sipvigil"]["transition"] <= newest.get(incident, 0):
            return False
        newest[incident] = alert["sipvigil"]["transition"]
    return True


def event_of(event):
    """An event as both daemons tell it: not where its line stands in a rotated file."""
    return json.dumps({key: value for key, value in event.items() if key not in ("records", "source")},
                      sort_keys=True)


def judge_events(report, name, reference, victim):
    """Events have no spool: those after the last checkpoint are told again."""
    want, torn = read_lines(reference.events_path)
    have, torn_too = read_lines(victim.events_path)
    report.check(torn + torn_too == 0, f"{name}: no line of the events is torn", f"{torn} {torn_too}")
    want = collections.Counter(map(event_of, want))
    have = collections.Counter(map(event_of, have))
    lost = want - have
    repeated = sum((have - want).values())
    report.note(f"{name}: {sum(want.values())} events, {repeated} of them told again after a kill")
    report.check(not lost, f"{name}: no event is missing", "\n".join(list(lost)[:5]))
    strange = [event for event in have if event not in want]
    report.check(not strange, f"{name}: and none is told that did not happen", "\n".join(strange[:5]))


def judge_stream(report, name, home):
    """Each transition once, in the order in which it came about."""
    lines, torn = read_lines(home.alerts_path)
    ids = [line["id"] for line in lines]
    report.check(torn == 0, f"{name}: no line of the alerts is torn", torn)
    report.check(len(set(ids)) == len(ids), f"{name}: each alert stands there once",
                 [i for i, n in collections.Counter(ids).items() if n > 1][:5])
    report.check(ids == list(history(home)), f"{name}: and all of them, in order")


def reached(home, moment):
    """Has event time gone past it, and is all that came about by then in alerts.db?"""
    status = home.status()
    return status.get("event_time", "") > moment and status["state"]["in_memory"] == 0


def until(transitions, moment):
    return {i: alert for i, alert in transitions.items() if alert["@timestamp"] <= moment}


def judge(report, name, reference, victim):
    """Both daemons run and have nothing more to read. Alerts end as time goes on, so what
    is compared is what both know of the time up to this moment."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    homes = (reference, victim)
    report.check(wait_until(60, lambda: all(reached(home, moment) and home.delivered() for home in homes)),
                 f"{name}: both daemons have come to {moment}")
    open_alerts = [home.open_alerts() for home in homes]
    want, have = until(history(reference), moment), until(history(victim), moment)
    said = differences(want, have)
    report.note(f"{name}: {len(want)} transitions compared, {len(open_alerts[0])} alerts open")
    report.check(want and not said, f"{name}: the transitions are those of an undisturbed daemon",
                 f"{len(said)} differences\n" + "\n".join(said))
    report.check(in_order(have.values()), f"{name}: in the order of their incidents")
    changed = {alert["sipvigil"]["incident"] for home in homes for alert in history(home).values()
               if alert["@timestamp"] > moment}
    said = differences(*({i: alert for i, alert in alerts.items()
                          if alert["sipvigil"]["incident"] not in changed} for alerts in open_alerts))
    report.check(not said, f"{name}: the same alerts are open", "\n".join(said))
    for home in homes:
        report.check(home.stop() == 0, f"{name}: it ends in order")
    for home in homes:
        judge_stream(report, name, home)
    judge_events(report, name, reference, victim)
    report.check(not victim.errors(), f"{name}: its log tells of no trouble", "\n".join(victim.errors()))


def judge_backtest(report, name, programs, conf, dialect, path, reference):
    """`backtest` of the whole input has said the same."""
    done = subprocess.run([programs.client, "backtest", "--json", "-c", conf, "-d", dialect, "--tz", "UTC",
                           "--host", "pbx1", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    want = {}
    for line in done.stdout.splitlines():
        alert = json.loads(line)
        if "id" in alert:
            want[alert["id"]] = alert
    # The daemon lets the grace pass before it takes a moment for settled.
    wait_until(30, lambda: set(want) <= set(history(reference)), 0.5)
    have = history(reference)
    missing = [i for i in want if i not in have]
    report.check(want and not missing, f"{name}: backtest told the same {len(want)} transitions",
                 "\n".join(tell(want[i]) for i in missing[:5]))
