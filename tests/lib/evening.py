#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The beginning of a recorded log of Asterisk, as if it ended now.

usage: evening.py LOG UNTIL

UNTIL is a stamp of the log ("2026-11-22 19:19:25"): what is later is left out, and all
stamps are moved so that UNTIL is now (UTC).
"""
import datetime
import re
import sys

FORM = "%Y-%m-%d %H:%M:%S"
STAMP = re.compile(rb"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\]")


def main():
    path, until = sys.argv[1:]
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    ahead = now - datetime.datetime.strptime(until, FORM)
    with open(path, "rb") as log:
        for line in log:
            stamp = STAMP.match(line)
            if stamp:
                text = stamp.group(1).decode()
                if text > until:
                    break
                moved = datetime.datetime.strptime(text, FORM) + ahead
                line = b"[" + moved.strftime(FORM).encode() + line[stamp.end(1):]
            sys.stdout.buffer.write(line)


main()
