# SPDX-License-Identifier: Apache-2.0
"""Writes a tape into a log as time goes on, and rotates the log in every usual way."""
import gzip
import os
import random
import shutil
import time


class Writer:
    """As a PBX and logrotate do it; everything also goes to `all_path`."""

    KEEP = 30

    WAYS = ("create", "create late", "copytruncate", "compress", "copytruncate, compress")

    def __init__(self, tape, folder, seed, rotate_seconds, ways=WAYS):
        self.tape = tape
        self.random = random.Random(seed)
        self.rotate_seconds = rotate_seconds
        self.path = os.path.join(folder, "full")
        self.all_path = folder + ".all"
        self.ways = ways
        self.rotated = {}
        self.log = self.all = None
        self.reopen_at = 0  # 0: the log is the one at its path

    def prepare(self):
        self.log = open(self.path, "ab", buffering=0)
        self.all = open(self.all_path, "wb")

    def write(self, text):
        data = text.encode("utf-8", "surrogateescape")
        self.log.write(data)
        self.all.write(data)

    def run(self):
        begin = time.time()
        next_rotation = begin + self.rotate_seconds
        number = 0
        while number < len(self.tape.blocks):
            now = time.time()
            text = []
            while number < len(self.tape.blocks) and begin + self.tape.blocks[number][0] <= now:
                text.append(self.tape.render(number, begin))
                number += 1
            if text:
                self.write("".join(text))
            if self.reopen_at and now > self.reopen_at:
                self.reopen()
            if now > next_rotation and not self.reopen_at:
                next_rotation = now + self.random.uniform(0.5, 1.5) * self.rotate_seconds
                self.rotate()
            time.sleep(0.003)
        self.log.close()
        self.all.close()

    def rotate(self):
        way = self.random.choice(self.ways)
        self.rotated[way] = self.rotated.get(way, 0) + 1
        self.shift()
        first = self.path + ".1"
        if way.startswith("copytruncate"):
            # What is written between the two is lost to every reader: nothing is.
            shutil.copyfile(self.path, first)
            os.truncate(self.path, 0)
        else:
            os.rename(self.path, first)
            if way == "create late":
                self.reopen_at = time.time() + 0.05  # the PBX goes on with the old one
            else:
                self.reopen()
        if way.endswith("compress"):
            self.compress(first)

    def reopen(self):
        self.log.close()
        self.log = open(self.path, "ab", buffering=0)
        self.reopen_at = 0

    def shift(self):
        """full.1 becomes full.2 and so on."""
        for number in range(self.KEEP, 0, -1):
            for ending in ("", ".gz"):
                old = f"{self.path}.{number}{ending}"
                if os.path.exists(old):
                    os.rename(old, f"{self.path}.{number + 1}{ending}")

    def compress(self, path):
        stamp = os.stat(path)
        with open(path, "rb") as plain, gzip.open(path + ".gz", "wb") as packed:
            shutil.copyfileobj(plain, packed)
        os.utime(path + ".gz", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        os.remove(path)
