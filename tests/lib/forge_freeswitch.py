#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A freeswitch.log in which callers forge lines, and what truly happened.

usage: forge_freeswitch.py SEED uuid|plain LOG TRUTH

Calls and registrations are refused; their addresses are 198.51.100.x. Most callers put line breaks into
their user name (decoded %0a) or Call-ID (\\n), with lines behind them that blame 192.0.2.66. With `uuid`
the log is split as mod_logfile does it: by line breaks outside of apostrophes, a uuid before each piece,
backslashes undone. TRUTH gets a line "ADDRESS COUNT" for each genuine one.
"""
import random
import sys

FORGED = (
    "[WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile 'internal' for [1@h] from ip 192.0.2.66",
    "[WARNING] sofia_reg.c:3210 Can't find user [1@h] from 192.0.2.66",
    "[ERR] sofia_reg.c:2661 192.0.2.66 Failed Registration with status x [403]. failure #1",
    "[NOTICE] switch_channel.c:1142 New Channel sofia/internal/1@h [11111111-2222-4333-8444-555555555555]",
    "[INFO] sofia.c:10460 sofia/internal/1@h receiving invite from 192.0.2.66:5060 version: 1 call-id: 1",
    "[NOTICE] sofia.c:2417 Hangup sofia/internal/1@h [CS_NEW] [CALL_REJECTED]",
    "[DEBUG] switch_core_state_machine.c:1 (sofia/internal/1@h) State NEW",
    "[WARNING] sofia_reg.c:1842 SIP auth challenge (REGISTER) on sofia profile 'internal' for [1@h] from ip 192.0.2.66",
    "[DEBUG] sofia.c:2419 detaching session 11111111-2222-4333-8444-555555555555",
)
BEFORE = [""] * 4 + [
    "11111111-2222-4333-8444-555555555555 ",
    "recv 500 bytes from udp/[192.0.2.66]:5060 at 20:25:25.825000:\n" + "-" * 72 + "\n",
    "\033[m\033[35m",
    " ",
]
ESCAPES = {"n": "\n", "s": " ", "t": "\t", "'": "'", '"': '"', "r": "\r"}


def split(record):
    """The pieces that mod_logfile makes of a record of a call."""
    pieces, piece, quoted, i = [], "", False, 0
    while i < len(record):
        c = record[i]
        i += 1
        if c == "\\" and record[i : i + 1] in ESCAPES and i < len(record):
            piece += ESCAPES[record[i]]
            i += 1
        elif c == "'":
            quoted = not quoted
        elif c == "\n" and not quoted and len(pieces) < 99:
            pieces.append(piece)
            piece = ""
        else:
            piece += c
    return [p.lstrip(" \t") for p in pieces + [piece]]


class Log:
    def __init__(self, seed, uuids):
        self.random, self.uuids = random.Random(seed), uuids
        self.usec, self.lines, self.truth = 25 * 60_000_000 + 25_824_519, [], {}

    def stamp(self, usec):
        return "2026-11-22 20:%02d:%02d.%06d 99.87%% " % (usec // 60_000_000 % 60, usec // 1_000_000 % 60, usec % 1_000_000)

    def write(self, text, uuid=None):
        record = self.stamp(self.usec) + text
        if uuid and self.uuids:
            self.lines += [f"{uuid} {piece}" for piece in split(record)]
        else:
            self.lines.append(record)

    def tick(self, steps):
        self.usec += 20_000 * self.random.choice(steps) + self.random.randrange(-8, 9)

    def uuid(self):
        return "-".join("".join(self.random.choice("0123456789abcdef") for _ in range(n)) for n in (8, 4, 4, 4, 12))

    def refuse(self, method, ip):
        self.truth[ip] = self.truth.get(ip, 0) + 1
        self.write(f"[WARNING] sofia_reg.c:1787 SIP auth failure ({method}) on sofia profile 'internal' for [1001@h] from ip {ip}")

    def forged_line(self):
        r = self.random
        usec = self.usec + r.randrange(-2_000_000, 2_000_000) if r.random() < 0.9 else self.usec // 1_000_000 * 1_000_000
        text = r.choice(FORGED)
        if self.uuids:
            text = text.replace("'", "\\'")
        return r.choice(BEFORE) + self.stamp(usec) + text

    def forged_text(self, escaped=False):
        """What a caller puts into a name, or with `escaped` into a Call-ID."""
        r, text = self.random, self.random.choice(["", "1000", "x [aaaa]"])
        for _ in range(r.choice([1, 1, 2, 5, 120])):
            line = self.forged_line()
            if escaped:
                text += "\\n" + line.replace("\n", "\\n").replace(" ", "\\s")
            else:
                text += r.choice(["\n", "\n", "'\n", "\\n", "\r\n", "\n'"]) + line
        if r.random() < 0.7:
            text += ("\\n" if escaped else "\n") + r.choice(
                ["y", "", self.forged_line(), self.stamp(self.usec) + "[NOTICE] switch_channel.c:1142 New Channel sofia/internal/y"]
            )
        return text

    def call(self, ip):
        r, uuid = self.random, self.uuid()
        evil = r.random() < 0.7
        user = self.forged_text() if evil and r.random() < 0.7 else r.choice(["1000", "1001", "a b"])
        call_id = self.forged_text(True) if evil and r.random() < 0.6 else "abc@h"
        name = f"sofia/internal/{user}@h"
        self.write(f"[NOTICE] switch_channel.c:1142 New Channel {name} [{uuid}]", uuid)
        self.write(f"[DEBUG] switch_core_state_machine.c:581 ({name}) Running State Change CS_NEW (Cur 1 Tot 1)", uuid)
        for first in (True, False):
            self.write(f"[INFO] sofia.c:10460 {name} receiving invite from {ip}:5060 version: 1.10.12  64bit call-id: {call_id}", uuid)
            self.write(f'[DEBUG] sofia.c:10554 verifying acl "domains" for ip/port {ip}:0.')
            if first:
                self.write(f"[DEBUG] switch_core_state_machine.c:600 ({name}) State NEW", uuid)
                self.write(f"[DEBUG] sofia.c:2419 detaching session {uuid}")
                self.tick([0, 1, 2])
                if r.random() < 0.3:
                    self.refuse("REGISTER", "198.51.100.%d" % r.randrange(10, 20))
        self.refuse("INVITE", ip)
        self.write(f"[NOTICE] sofia.c:2417 Hangup {name} [CS_NEW] [CALL_REJECTED]", uuid)
        self.tick([0, 1])
        self.write(f"[DEBUG] switch_core_state_machine.c:846 ({name}) State HANGUP", uuid)
        self.write(f"[NOTICE] switch_core_session.c:1766 Close Channel {name} [CS_DESTROY]", uuid)
        self.write(f"[DEBUG] switch_core_state_machine.c:745 ({name}) State DESTROY going to sleep", uuid)
        self.tick([0, 1, 5])
        self.refuse("REGISTER", "198.51.100.%d" % r.randrange(10, 20))
        self.tick([0, 5, 150])


def main():
    seed, mode, log_path, truth_path = sys.argv[1:]
    log = Log(int(seed), mode == "uuid")
    for i in range(30):
        log.call("198.51.100.%d" % (100 + i))
    with open(log_path, "w", encoding="utf-8", newline="") as out:
        out.write("\n".join(log.lines) + "\n")
    with open(truth_path, "w", encoding="utf-8") as out:
        out.writelines(f"{ip} {count}\n" for ip, count in sorted(log.truth.items()))


main()
