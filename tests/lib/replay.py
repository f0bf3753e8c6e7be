#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends a recorded log as syslog.

usage: replay.py [OPTION]… FORM TARGET FILE

FILE is a log as rsyslog writes it (traditional, ISO or RFC 5424 template) or datagrams
that a program sent to /dev/log, one a line; it may be gzipped. FORM is what goes over
the wire: `3164` (as rsyslog forwards by its traditional template), `iso` (RFC 3164 with
an ISO stamp, rsyslog's default), `5424` (RFC 5424, with the line feed that rsyslog leaves
at its end), `local` (as a program writes to /dev/log: no host, control characters as they
are, a line feed at the end), `file` (as in FILE). A record keeps its text where FILE has
that form already.

TARGET: - (standard output), udp:ADDRESS:PORT, unix:PATH, tcp:ADDRESS:PORT or tls:ADDRESS:PORT.
  --frame octet|line|mixed   of a stream: octet counting (default), line feeds, by turns
  --cert FILE --key FILE     of the client, for tls
  --clock FILE               clocks for tests/lib/shift.c, which stand still: they are put
                             behind the stamp of each record before it is sent
  --after SECONDS            one record more, of Kamailio's, so much after the newest
  --words TEXT               which says this (else nothing of interest)
  --window BYTES             of datagrams that the receiver has not taken yet (65536)
  --first, --last            print the second behind the first or the newest stamp alone
Prints how many records were sent.
"""
import argparse
import datetime
import gzip
import os
import re
import socket
import ssl
import sys
import time

YEAR = 2026  # of the recordings, whose traditional stamps lack it
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
PRI = rb"(?P<pri><\d{1,3}>)"
ISO = rb"(?P<iso>\d{4}-\d\d-\d\dT\S+)"
OLD = rb"(?P<old>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
TAG = rb"(?P<tag>(?P<ident>[^\s:\[]+)(?:\[(?P<pid>\d+)\])?:)"
SHAPES = {
    "5424": re.compile(PRI + rb"1 " + ISO + rb" (?P<host>\S+) (?P<ident>\S+) (?P<pid>\S+) - - (?P<text>.*)$", re.S),
    "iso": re.compile(ISO + rb" (?P<host>\S+) (?P<rest>" + TAG + rb"(?P<text>.*))$", re.S),
    "3164": re.compile(OLD + rb" (?P<host>\S+) (?P<rest>" + TAG + rb"(?P<text>.*))$", re.S),
    "local": re.compile(PRI + OLD + rb" (?P<rest>" + TAG + rb"(?P<text>.*))$", re.S),
}


class Record:
    def __init__(self, line):
        for self.form, shape in SHAPES.items():
            match = shape.match(line)
            if match:
                break
        else:
            raise SystemExit(f"replay.py: what is this? {line!r}")
        self.line, self.part = line, match.groupdict()
        self.pri = self.part.get("pri") or b"<134>"
        if "iso" in self.part:
            self.time = datetime.datetime.fromisoformat(self.part["iso"].decode())
        else:
            month, day, clock = self.part["old"].decode().split()
            hour, minute, second = map(int, clock.split(":"))
            self.time = datetime.datetime(YEAR, MONTHS.index(month) + 1, int(day), hour, minute, second,
                                          tzinfo=datetime.timezone.utc)

    def later(self, seconds, text):
        """A record of the same shape, so much after this one."""
        self.time += datetime.timedelta(seconds=seconds)
        self.part["old"] = self.part["iso"] = None
        self.part.update(ident=b"kamailio", pid=b"1", text=text, rest=b"kamailio[1]:" + text)
        line = self.message(self.form) if self.form != "5424" else self.new_line()
        return Record(line.rstrip(b"\n").removeprefix(b"" if self.form in ("5424", "local") else self.pri))

    def second(self):
        return int(self.time.timestamp()) + 1

    def old_stamp(self):
        return self.part.get("old") or f"{MONTHS[self.time.month - 1]} {self.time:%e %H:%M:%S}".encode()

    def iso_stamp(self):
        return self.part.get("iso") or f"{self.time:%Y-%m-%dT%H:%M:%S+00:00}".encode()

    def host(self):
        return self.part.get("host") or b"pbx1"

    def rest(self):
        """Tag and text; what RFC 5424 took apart is put together again."""
        if "rest" in self.part:
            return self.part["rest"]
        pid = self.part["pid"]
        return self.part["ident"] + (b"" if pid == b"-" else b"[" + pid + b"]") + b":" + self.part["text"]

    def message(self, form):
        if form == "file" or form == self.form == "5424":
            return self.line + b"\n"
        if form == "local":
            text = re.sub(rb"#([0-3][0-7]{2})", lambda m: bytes([int(m[1], 8)]), self.rest())
            return self.pri + self.old_stamp() + b" " + text + b"\n"
        if form == "3164":
            return self.pri + self.old_stamp() + b" " + self.host() + b" " + self.rest()
        if form == "iso":
            return self.pri + self.iso_stamp() + b" " + self.host() + b" " + self.rest()
        return self.new_line()

    def new_line(self):
        # rsyslog has no application name of a tag with a slash in it
        ident = self.part["ident"]
        ident = b"-" if b"/" in ident else ident
        return b"%s1 %s %s %s %s - - %s\n" % (self.pri, self.iso_stamp(), self.host(), ident,
                                              self.part["pid"] or b"-", self.part["text"])


class Clock:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR) if path else -1
        self.shown = 0

    def pass_by(self, second):
        if self.fd >= 0 and second > self.shown:
            self.shown = second
            os.pwrite(self.fd, b"%23d %23d\n" % (second, second), 0)


class Datagrams:
    def __init__(self, kind, where, window):
        self.window, self.taken = window, 0
        if kind == "unix":
            self.socket, self.to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), where
        else:
            address, port = where
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            self.socket, self.to = socket.socket(family, socket.SOCK_DGRAM), (address, port)
            self.table = "/proc/net/udp6" if family == socket.AF_INET6 else "/proc/net/udp"
            self.port = f":{port:04X} "
        self.socket.connect(self.to)

    def queued(self):
        """Bytes that the receiver has not taken yet. (A unix socket blocks by itself.)"""
        with open(self.table) as table:
            return sum(int(line.split()[4].split(":")[1], 16) for line in table
                       if self.port in line.split(" rem")[0][:46] and line.split()[3] == "07")

    def send(self, message):
        self.socket.send(message)
        self.taken += len(message)
        if self.socket.family != socket.AF_UNIX and self.taken >= self.window // 4:
            self.taken = 0
            while self.queued() > self.window:
                time.sleep(0.001)

    def close(self):
        self.socket.close()


class Stream:
    """Written in pieces that know nothing of records."""
    PIECES = [1, 1460, 7, 4096, 333, 65536, 2]

    def __init__(self, where, frame, context):
        self.frame, self.n, self.piece, self.held = frame, 0, 0, b""
        self.socket = socket.create_connection(where)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            self.socket = context.wrap_socket(self.socket)

    def send(self, message):
        self.n += 1
        if self.frame == "octet" or (self.frame == "mixed" and self.n % 2):
            self.held += b"%d %s" % (len(message), message)
        else:
            self.held += message.rstrip(b"\n") + b"\n"
        while len(self.held) >= self.PIECES[self.piece]:
            size = self.PIECES[self.piece]
            self.socket.sendall(self.held[:size])
            self.held = self.held[size:]
            self.piece = (self.piece + 1) % len(self.PIECES)

    def close(self):
        self.socket.sendall(self.held)
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket = self.socket.unwrap()
        self.socket.shutdown(socket.SHUT_WR)
        self.socket.recv(1)
        self.socket.close()


class Lines:
    send, close = sys.stdout.buffer.write, sys.stdout.buffer.flush


def target(options):
    kind, _, where = options.target.partition(":")
    if options.target == "-":
        return Lines()
    if kind == "unix":
        return Datagrams(kind, where, options.window)
    address, _, port = where.rpartition(":")
    where = address.strip("[]"), int(port)
    if kind == "udp":
        return Datagrams(kind, where, options.window)
    context = None
    if kind == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if options.cert:
            context.load_cert_chain(options.cert, options.key)
    return Stream(where, options.frame, context)


def followed(records, seconds, text):
    newest = None
    for record in records:
        if not newest or record.time > newest.time:
            newest = record
        yield record
    if seconds:
        yield newest.later(seconds, b" " + text.encode())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--frame", choices=["octet", "line", "mixed"], default="octet")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--clock")
    parser.add_argument("--after", type=int, default=0)
    parser.add_argument("--words", default="INFO: <core> [main.c:1]: main(): time goes on")
    parser.add_argument("--window", type=int, default=65536)
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--last", action="store_true")
    parser.add_argument("form", choices=["3164", "iso", "5424", "local", "file"])
    parser.add_argument("target")
    parser.add_argument("file")
    options = parser.parse_args()
    clock, out, n = Clock(options.clock), None, 0
    with (gzip.open if options.file.endswith(".gz") else open)(options.file, "rb") as lines:
        if options.first or options.last:
            stamps = [Record(line.rstrip(b"\n")).second() for line in lines]
            print(max(stamps) if options.last else stamps[0])
            return
        records = (Record(line.rstrip(b"\n")) for line in lines)
        for record in followed(records, options.after, options.words):
            clock.pass_by(record.second())
            out = out or target(options)
            out.send(record.message(options.form))
            n += 1
    out.close()
    if options.target != "-":
        print(n)


main()
