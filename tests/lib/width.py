#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which rows of a text are wider than a terminal.

usage: width.py COLUMNS FILE

Escape sequences for colours take no columns; any other control character is a mistake.
Prints the rows that are too wide or hold one, and ends with 1 if there are any.
"""
import re
import sys
import unicodedata

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def columns(row):
    wide = 0
    for c in row:
        if unicodedata.combining(c):
            continue
        wide += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return wide


def main():
    most, bad = int(sys.argv[1]), 0
    with open(sys.argv[2], encoding="utf-8", newline="\n") as text:
        for row in text:
            row = COLOUR.sub("", row.rstrip("\n").rstrip("\r"))
            if columns(row) > most or re.search(r"[\x00-\x1f\x7f-\x9f]", row):
                print(columns(row), ascii(row))
                bad = 1
    sys.exit(bad)


main()
