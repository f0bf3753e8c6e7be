#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an Asterisk log at a steady rate and rotates it: load.py LOG LINES_PER_SEC SECONDS

One line of twenty is a refused registration of one of 50 sources, the rest is the
dialplan at work. Stamps are those of the moment. Every ten seconds the log is renamed
to LOG.1 (the one before is gone then) and made anew. Prints the lines and the refusals
that were written, and by how much it fell behind at worst: when the machine is too slow
to write at that rate, the test says so instead of blaming the reader.
"""
import os
import sys
import time

log, rate, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SLICES, ROTATE_SEC, SOURCES = 50, 10, 50


def block(first, n):
    """n lines, the stamp still to be put in; how many of them are refusals."""
    lines, refused = [], 0
    for i in range(first, first + n):
        if i % 20 == 0:
            k = i // 20 % SOURCES
            lines.append(
                "[\1] NOTICE[1647] chan_sip.c: Registration from '\"1001\" <sip:1001@pbx>' "
                f"failed for '203.{k // 250}.{k // 250 % 8}.{k % 250 + 1}:5071' - Wrong password\n")
            refused += 1
        else:
            lines.append(
                f"[\1] VERBOSE[2211][C-{i % 65536:08x}] pbx.c: Executing [s@macro-dial:{i % 40}] "
                f"Set(\"SIP/{1000 + i % 500}-{i % 65536:08x}\", \"__COUNT={i % 97}\") in new stack\n")
    return "".join(lines).encode(), refused


per_slice = rate // SLICES
blocks = [block(k * per_slice, per_slice) for k in range(20 * SOURCES // per_slice or 1)]
fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
begin = rotated = time.monotonic()
lines = refused = 0
behind = 0.0
for i in range(SLICES * seconds):
    due = begin + i / SLICES
    now = time.monotonic()
    if now < due:
        time.sleep(due - now)
    behind = max(behind, now - due)
    if now - rotated >= ROTATE_SEC:
        os.close(fd)
        os.rename(log, log + ".1")
        fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        rotated = now
    text, n = blocks[i % len(blocks)]
    text = text.replace(b"\1", time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()).encode())
    while text:
        text = text[os.write(fd, text):]
    lines += per_slice
    refused += n
print(lines, refused, f"{behind:.2f}")
