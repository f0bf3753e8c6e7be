# SPDX-License-Identifier: Apache-2.0
"""kill.py SCENARIO --folder DIR …: sipvigild is killed with SIGKILL again and again while
it reads; another one that nobody disturbs reads the same. In the end both must have said
the same. Prints results ("ok - …", "not ok - …") and notes ("# …").

  backlog   a log that is there as a whole, with stamps of the past hour
  patterns  the same read by a dialect made of patterns
  keys      the same with many keys, killed mostly while a checkpoint is being written
  kafka     as backlog, with a Kafka output
  journal   journal files of several boots that come one after the other
  live      a log that is being written, and rotated in every way
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time

from homes import Home, history, wait_until
from judge import Report, judge, judge_backtest
from live import Writer
from tape import Tape

RULES = """
rule "guess" { where = "outcome = rejected and leg = in"  by = {"peer_ip"}  window = "10s"
    warning = "count >= 5"  critical = "count >= 12 or distinct(user) >= 9"  clear_for = "4s" }
rule "users" { where = "failure"  by = {"prefix"}  window = "20s"
    warning = "distinct(user) >= 12"  clear_for = "5s" }
rule "ratio" { where = "leg = in"  by = {"host"}  window = "5s"
    warning = "ratio(failure) >= 93% min 20"  critical = "ratio(failure) >= 98% min 20"  clear_for = "1s" }
rule "open" { where = "failure"  by = {"peer_ip"}  window = "20m"
    warning = "count >= 40"  clear_for = "10m" }
rule "asked" { where = "outcome = abandoned"  by = {"peer_ip"}  window = "1m"
    warning = "count >= 1"  clear_for = "2s" }
rule "calls" { where = "leg = out and failure"  by = {"peer_ip"}  window = "1m"
    warning = "count >= 3"  clear_for = "5s" }
rule "row" { where = "leg = in"  by = {"peer_ip"}  window = "1m"
    warning = "consecutive(failure) >= 6"  critical = "consecutive(failure) >= 12"  clear_for = "4s" }
rule "then" { where = "leg = in"  by = {"peer_ip"}  window = "30s"
    warning = "sequence(outcome = rejected then outcome in (ok, registered)) >= 4"  clear_for = "4s" }
"""
# The same log, read by patterns of somebody's own.
PATTERNS = r"""
dialect "acme" { }
template "refused" { dialect = "acme"  leg = in  method = REGISTER  outcome = rejected
    pattern = '^\[(?<time>[^\]]+)\] NOTICE\[[0-9]+\] chan_sip\.c: Registration from .* failed for .\[?(?<peer_ip>[0-9a-f:.]+)\]?:[0-9]+. - [A-Za-z ]+$' }
template "let in" { dialect = "acme"  leg = in  method = REGISTER  outcome = registered
    pattern = '^\[(?<time>[^\]]+)\] VERBOSE\[[0-9]+\] chan_sip\.c: Registered SIP .(?<user>[0-9]+). at \[?(?<peer_ip>[0-9a-f:.]+)\]?:[0-9]+$' }
"""
MANY = """
rule "each" { where = "failure"  by = {"peer_ip", "user"}  window = "10m"  warning = "count >= 2" }
"""


class Killer:
    """Lets a daemon live for random times."""

    def __init__(self, home, rng, tmp_share):
        self.home = home
        self.rng = rng
        self.tmp_share = tmp_share  # of kills aimed at a checkpoint being written
        self.kills = 0
        self.writing = 0  # of them while a checkpoint was being written

    def pause(self):
        """Often it dies while it starts, sometimes it comes to something."""
        kind = self.rng.random()
        if kind < 0.25:
            return self.rng.uniform(0, 0.03)
        if kind < 0.85:
            return self.rng.uniform(0.03, 0.25)
        return self.rng.uniform(0.25, 0.8)

    def wait_for_file(self, end, there):
        while time.monotonic() < end and os.path.exists(self.home.tmp) != there:
            time.sleep(0.0005)

    def wait_for_write(self):
        """The first one comes at the start; more often one of the later."""
        end = time.monotonic() + 2
        for _ in range(self.rng.choice((0, 1, 1, 2))):
            self.wait_for_file(end, True)
            self.wait_for_file(end, False)
        self.wait_for_file(end, True)
        time.sleep(self.rng.choice((0, 0, 0.001, 0.003, 0.008)))

    def life(self):
        """False: it ended by itself."""
        aimed = self.rng.random() < self.tmp_share
        if aimed and os.path.exists(self.home.tmp):
            os.remove(self.home.tmp)  # so that the next one is seen to come
        self.home.start()
        if aimed:
            self.wait_for_write()
        else:
            time.sleep(self.pause())
        if not self.home.kill():
            return False
        self.kills += 1
        self.writing += os.path.exists(self.home.tmp)
        return True


class Figures:
    def __init__(self):
        self.kills = self.writing = self.resumed = self.rounds = 0

    def add(self, killer):
        self.kills += killer.kills
        self.writing += killer.writing
        self.resumed += killer.home.said("going on from the checkpoint")
        self.rounds += 1


def base_conf(args, extra=""):
    return (f'grace = "{args.grace}"\ncheckpoint_interval = "{args.interval}"\n' + RULES + extra)


def tail_input(path, dialect="asterisk"):
    return (f'file "asterisk" {{ path = {{"{path}"}}  dialect = "{dialect}"  timezone = "UTC"'
            f'  from = "beginning" }}')


def kafka_output(args, name):
    if args.scenario != "kafka":
        return ""
    return (f'kafka "main" {{ brokers = "{args.brokers}"  alerts_topic = "{name}"'
            f'  property = {{"linger.ms=5", "topic.metadata.refresh.interval.ms=1000"}} }}\n')


def judge_topic(report, args, name, home):
    """Each transition at least once; what comes twice is the same to the byte."""
    values = {}
    duplicates = different = 0
    fingerprints = {}
    for line in subprocess.run(["kcat", "-b", args.brokers, "-C", "-t", name, "-o", "beginning", "-e", "-q", "-f",
                                "%k\t%s\n"], stdout=subprocess.PIPE, check=True).stdout.splitlines():
        key, value = line.split(b"\t", 1)
        alert = json.loads(value)
        if alert["id"] in values:
            duplicates += 1
            different += values[alert["id"]] != line
            continue
        values[alert["id"]] = line
        fingerprints.setdefault(key, []).append((alert["@timestamp"], alert["sipvigil"]["transition"]))
    report.note(f"{name}: {len(values)} transitions in the topic, {duplicates} came twice")
    report.check(set(values) == set(history(home)), f"{name}: the topic has every transition",
                 f"{len(values)} of {len(history(home))}")
    report.check(different == 0, f"{name}: what came twice is the same to the byte", different)
    report.check(all(times == sorted(times) for times in fingerprints.values()),
                 f"{name}: those of a key came in their order")


def backlog(args, report):
    """One tape; rounds of a killed daemon until there were kills enough."""
    rng = random.Random(args.seed)
    many = args.scenario == "keys"
    extra = {"keys": MANY, "patterns": PATTERNS}.get(args.scenario, "")
    dialect = "acme" if args.scenario == "patterns" else "asterisk"
    tape = Tape(args.corpus, args.seed, 3000, args.lines / 3000, 20000 if many else 200)
    log = os.path.join(args.folder, "full")
    begin = int(time.time()) - 3000
    tape.write(log, begin)
    conf = base_conf(args, extra)
    reference = Home(os.path.join(args.folder, "reference"), args.programs, tail_input(log, dialect),
                     conf + kafka_output(args, "reference"))
    reference.start()
    wait_until(120, lambda: reference.caught_up() and reference.delivered(), 0.2)
    report.check(reference.lines() == tape.lines, f"{args.scenario}: the undisturbed daemon read {tape.lines} lines",
                 reference.lines())
    judge_backtest(report, args.scenario, args.programs, reference.conf, dialect, log, reference)
    figures = Figures()
    while figures.kills < args.kills:
        name = f"killed{figures.rounds}"
        home = Home(os.path.join(args.folder, name), args.programs, tail_input(log, dialect), conf + kafka_output(args, name))
        killer = Killer(home, rng, 0.8 if many else 0.2)
        done = False
        while figures.kills + killer.kills < args.kills and not done and killer.life():
            done = killer.kills % 10 == 9 and killer.kills > 20 and is_done(home)
        report.check(not home.end, f"{args.scenario}: it lives until it is killed", home.end)
        home.start()
        wait_until(120, lambda: home.caught_up() and home.delivered(), 0.2)
        report.check(home.lines() == tape.lines, f"{args.scenario}: each of {tape.lines} lines is counted once",
                     home.lines())
        figures.add(killer)
        judge(report, f"{args.scenario} {figures.rounds}", reference, home)
        if args.scenario == "kafka":
            judge_topic(report, args, name, home)
        reference.start()
        if report.failed:
            break
        shutil.rmtree(home.folder)
    reference.stop()
    return figures


JOURNAL_REMOTE = "/lib/systemd/systemd-journal-remote"
PARTS = 6


class Journals:
    """The tape as journal files: each of a part of the time, two of a boot."""

    def __init__(self, tape, folder, begin):
        self.made = []
        self.entries = 0
        os.makedirs(folder)
        each = len(tape.blocks) // PARTS + 1
        for part in range(PARTS):
            last = min((part + 1) * each, len(tape.blocks))
            text, _ = tape.export(begin, part * each, last, "%032x" % (part // 2 + 1))
            self.entries += text.count("SYSLOG_IDENTIFIER=asterisk\n")
            path = os.path.join(folder, f"part{part}.journal")
            subprocess.run([JOURNAL_REMOTE, "-o", path, "-"], input=text.encode("utf-8", "surrogateescape"),
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            self.made.append(path)

    def give(self, folder, number):
        """The part appears as a whole."""
        os.makedirs(folder, exist_ok=True)
        hidden = os.path.join(folder, "part.new")
        shutil.copyfile(self.made[number], hidden)
        os.rename(hidden, os.path.join(folder, os.path.basename(self.made[number])))


def journal(args, report):
    rng = random.Random(args.seed)
    tape = Tape(args.corpus, args.seed, 3000, args.lines / 3000)
    begin = int(time.time()) - 3000
    journals = Journals(tape, os.path.join(args.folder, "made"), begin)
    conf = base_conf(args)
    homes = []
    for name in ("reference", "killed"):
        folder = os.path.join(args.folder, name + ".journal")
        journals.give(folder, 0)
        homes.append(Home(os.path.join(args.folder, name), args.programs,
                          f'journal "pbx" {{ directory = "{folder}"  identifiers = {{"asterisk"}}'
                          f'  from = "beginning" }}', conf))
    reference, home = homes
    for number in range(1, PARTS):
        journals.give(os.path.join(args.folder, "reference.journal"), number)
    reference.start()
    wait_until(120, lambda: reference.lines() == journals.entries and reference.caught_up(), 0.2)
    report.check(reference.lines() == journals.entries,
                 f"journal: the undisturbed daemon read {journals.entries} entries", reference.lines())
    killer = Killer(home, rng, 0.2)
    given = 1
    while killer.kills < args.kills and killer.life():
        # Old stamps: what comes after the clock has gone on would be late.
        if given < PARTS and killer.kills * PARTS > given * args.kills // 4:
            journals.give(os.path.join(args.folder, "killed.journal"), given)
            given += 1
    for number in range(given, PARTS):
        journals.give(os.path.join(args.folder, "killed.journal"), number)
    report.check(not home.end, "journal: it lives until it is killed", home.end)
    home.start()
    wait_until(120, lambda: home.lines() == journals.entries and home.caught_up(), 0.2)
    report.check(home.lines() == journals.entries, f"journal: each of {journals.entries} entries is counted once",
                 home.lines())
    figures = Figures()
    figures.add(killer)
    judge(report, "journal", reference, home)
    return figures


def is_done(home):
    """Does it come to the end of the log without being killed?"""
    home.start()
    time.sleep(0.3)
    done = home.caught_up()
    home.kill()
    return done


def live(args, report):
    """A writer, a daemon that nobody disturbs and one that is killed, all at once."""
    rng = random.Random(args.seed)
    seconds = max(10, args.kills * 0.2)
    tape = Tape(args.corpus, args.seed, seconds, args.lines / seconds)
    logs = os.path.join(args.folder, "logs")
    os.makedirs(logs)
    writer = Writer(tape, logs, args.seed, args.rotate_seconds, args.ways.split("; "))
    conf = base_conf(args)
    homes = [Home(os.path.join(args.folder, name), args.programs, tail_input(writer.path), conf)
             for name in ("reference", "killed")]
    reference, home = homes
    writer.prepare()
    for each in homes:
        each.start()
        wait_until(20, lambda each=each: bool(each.status().get("sources")))
    home.kill()
    thread = threading.Thread(target=writer.run)
    thread.start()
    killer = Killer(home, rng, 0.2)
    while killer.life() and (thread.is_alive() or killer.kills < args.kills):
        time.sleep(rng.choice((0, 0, 0.02, 0.3, 1.5 if killer.kills % 40 == 39 else 0)))
    thread.join()
    report.check(not home.end, "live: it lives until it is killed", home.end)
    home.start()
    for each in homes:
        wait_until(60, lambda each=each: each.caught_up() and each.delivered(), 0.2)
    figures = Figures()
    figures.add(killer)
    report.note(f"live: {tape.lines} lines in {seconds:.0f} s, rotated: " +
                ", ".join(f"{count} x {way}" for way, count in sorted(writer.rotated.items())))
    # Not with backtest: what a dialect holds of a call under way ends with a rotated file.
    judge(report, "live", reference, home)
    return figures


class Programs:
    def __init__(self, builddir):
        self.daemon = os.path.join(builddir, "sipvigild")
        self.client = os.path.join(builddir, "sipvigil")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario", choices=["backlog", "patterns", "keys", "kafka", "journal", "live"])
    parser.add_argument("--folder", required=True)
    parser.add_argument("--builddir", required=True)
    parser.add_argument("--corpus")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--lines", type=int, default=100000, help="about so many are generated")
    parser.add_argument("--interval", default="50ms", help="checkpoint_interval")
    parser.add_argument("--grace", default="5s")
    parser.add_argument("--rotate-seconds", type=float, default=1.5)
    parser.add_argument("--brokers")
    parser.add_argument("--ways", default="; ".join(Writer.WAYS), help="of rotation")
    args = parser.parse_args()
    args.programs = Programs(args.builddir)
    args.folder = os.path.join(args.folder, "kill-" + args.scenario)
    os.makedirs(args.folder)
    report = Report()
    report.note(f"{args.scenario}: seed {args.seed}")
    began = time.monotonic()
    if args.scenario == "live":
        figures = live(args, report)
    elif args.scenario == "journal":
        figures = journal(args, report)
    else:
        figures = backlog(args, report)
    report.note(f"{args.scenario}: {figures.kills} kills, {figures.writing} of them while a checkpoint was being "
                f"written, {figures.resumed} starts from a checkpoint, {time.monotonic() - began:.0f} s")
    return 1 if report.failed else 0


sys.exit(main())
