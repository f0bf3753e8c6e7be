#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the limits that `backtest --advise` names keep their promise: with the advised limit
a backtest comes to at most N alerts a week and to just as many as was said, with the limit
below it to more. usage: advise.py SIPVIGIL FOLDER make|check N"""
import datetime
import gzip
import json
import lzma
import os
import random
import subprocess
import sys

DAYS = 20
WEEK = 7 * 86400
RULES = {
    "few": ('by = {"peer_ip"} window = "5m"', 'count >= 10', 'count >= 30 or distinct(user) >= 10'),
    "slow": ('by = {"peer_ip"} window = "1h" clear = "count < 4" clear_for = "10m" cooldown = "30m"',
             'count > 15', None),
    "users": ('by = {"peer_ip"} window = "10m"', 'distinct(user) >= 5', 'distinct(user) >= 20'),
    "share": ('by = {"peer_ip"} window = "30m"', 'ratio(user = \'1001\') >= 40% min 5', None),
    "often": ('by = {"peer_ip"} window = "5m" for = "1m"', 'rate >= 2/min', None),
    "row": ('by = {"peer_ip"} window = "30m"', None, 'consecutive(user = \'1001\') >= 3'),
    "both": ('by = {"user"} claims = true window = "10m"', 'distinct(peer_ip) >= 3 and count >= 6', None),
}


def configuration(changed=None):
    """All rules; `changed` is (rule, "warning" | "critical", condition)."""
    text = 'rules_dir = {}\npatterns_dir = {}\n'
    for name, (rest, warning, critical) in RULES.items():
        text += 'rule "%s" { where = "outcome = rejected" %s\n' % (name, rest)
        for key, value in (("warning", warning), ("critical", critical)):
            if changed and changed[:2] == (name, key):
                value = changed[2]
            if value:
                text += '    %s = "%s"\n' % (key, value)
        text += '}\n'
    return text


def make(folder):
    """Three weeks of wrong passwords: those who mistype, and some who try for long."""
    chance = random.Random(4711)
    lines = []
    begin = datetime.datetime(2026, 10, 1)

    def attempt(at, ip, user):
        lines.append((at, "[%s] NOTICE[2101] chan_sip.c: Registration from '<sip:%s@pbx.example.com>'"
                          " failed for '%s:5060' - Wrong password\n" % (at.strftime("%Y-%m-%d %H:%M:%S"), user, ip)))

    for day in range(DAYS):
        for _ in range(40):
            ip = "192.0.2.%d" % chance.randint(1, 120)
            user = 1000 + chance.randint(1, 40)
            at = begin + datetime.timedelta(days=day, seconds=chance.randint(0, 86399))
            for _ in range(int(chance.expovariate(0.6)) + 1):
                attempt(at, ip, user)
                at += datetime.timedelta(seconds=chance.randint(3, 200))
        for _ in range(chance.randint(0, 6)):
            ip = "203.0.113.%d" % chance.randint(1, 12)
            at = begin + datetime.timedelta(days=day, seconds=chance.randint(0, 80000))
            many, pace = chance.randint(5, 90), chance.choice((1, 4, 20, 90))
            spread = chance.choice((1, 3, 40))
            for _ in range(many):
                attempt(at, ip, 1000 + chance.randint(1, spread))
                at += datetime.timedelta(seconds=chance.randint(1, pace * 2))
    lines.sort(key=lambda line: line[0])
    text = [line for _, line in lines]
    third = len(text) // 3
    with lzma.open(folder + "/full.2.xz", "wt") as out:
        out.writelines(text[:third])
    with gzip.open(folder + "/full.1.gz", "wt") as out:
        out.writelines(text[third:2 * third])
    with open(folder + "/full", "w", encoding="ascii") as out:
        out.writelines(text[2 * third:])
    with open(folder + "/rules.conf", "w", encoding="ascii") as out:
        out.write(configuration())


def logs(folder):
    return [folder + "/" + name for name in ("full", "full.1.gz", "full.2.xz")]


def run(sipvigil, *arguments):
    done = subprocess.run([sipvigil, "backtest", *arguments], stdout=subprocess.PIPE, check=True,
                          env={**os.environ, "TZ": "UTC"})
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def count(sipvigil, folder, advice, condition):
    """Alerts of the rule, or how often it became critical."""
    path = folder + "/changed.conf"
    with open(path, "w", encoding="ascii") as out:
        out.write(configuration((advice["rule"], advice["severity"], condition)))
    transitions = run(sipvigil, "--json", "-c", path, "-r", advice["rule"], *logs(folder))
    if advice["counted"] == "alerts":
        return sum(t["state"] == "firing" for t in transitions)
    return sum(t["severity"] == "critical" and t.get("previous", "ok") in ("ok", "warning") for t in transitions)


def check(sipvigil, folder, per_week):
    answer = run(sipvigil, "--json", "--advise", "--per-week", str(per_week), "-c", folder + "/rules.conf",
                 *logs(folder))
    head = answer[0]
    stamp = "%Y-%m-%dT%H:%M:%S.%fZ"
    span = (datetime.datetime.strptime(head["last"], stamp) -
            datetime.datetime.strptime(head["first"], stamp)).total_seconds()
    seen, below, wrong = 0, 0, 0

    def enough(alerts):
        return alerts * WEEK <= per_week * span

    def complain(advice, what):
        nonlocal wrong
        wrong += 1
        print("%s %s (%s): %s" % (advice["rule"], advice["severity"], advice["condition"], what))

    for advice in answer:
        if advice["kind"] != "advice":
            continue
        as_it_is = count(sipvigil, folder, advice, advice["condition"])
        if as_it_is != advice["alerts"] or enough(as_it_is) != advice["enough"]:
            complain(advice, "%d alerts as it is, told were %d" % (as_it_is, advice["alerts"]))
        if "advice" not in advice:
            if enough(advice["others"]):
                complain(advice, "no advice, although others make only %d" % advice["others"])
            continue
        told = advice["advice"]
        seen += 1
        alerts = count(sipvigil, folder, advice, told["condition"])
        if not told["exact"]:
            complain(advice, "the search did not come to its end")
        if alerts != told["alerts"] or not enough(alerts):
            complain(advice, "%s gives %d alerts, told were %d" % (told["condition"], alerts, told["alerts"]))
        if "below" in told:
            below += 1
            alerts = count(sipvigil, folder, advice, told["below"]["condition"])
            if alerts != told["below"]["alerts"] or enough(alerts):
                complain(advice, "%s gives %d alerts, told were %d" %
                         (told["below"]["condition"], alerts, told["below"]["alerts"]))
        key_days = sum(part["key_days"] for part in advice["distribution"])
        if key_days == 0:
            complain(advice, "an empty distribution")
    print("%d thresholds with advice, %d of them with a limit below, %d wrong, %d readings" %
          (seen, below, wrong, head["readings"]))
    return 0 if wrong == 0 and seen >= 6 and below >= 3 else 1


def main():
    sipvigil, folder, what = sys.argv[1:4]
    if what == "make":
        make(folder)
        return 0
    return check(sipvigil, folder, int(sys.argv[4]))


if __name__ == "__main__":
    sys.exit(main())
