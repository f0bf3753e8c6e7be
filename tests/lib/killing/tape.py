# SPDX-License-Identifier: Apache-2.0
"""What an Asterisk logs, as a tape: blocks of lines with their moments, made from a seed
and from the recordings in tests/corpus. The tape is played with stamps that begin at any
moment: into a file at once, or as time goes on."""
import gzip
import os
import random
import re
import time

# In a block these stand for the stamp of the line and for the one of a SECURITY event.
STAMP = "\x01"
EVENT_TV = "\x02"
RECORDED = re.compile(r"^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\]")
FILE_LINE = re.compile(r"^\[[^]]*\] (\w+\[\d+\](?:\[C-\w+\])?) ([\w./]+): (.*)")
RECORDED_TV = re.compile(r'EventTV="[^"]*"')
RECORDINGS = ["chan_sip_basic", "pjsip_basic", "security_basic", "limits_timeouts",
              "sip_debug_excerpt"]


def seconds_of(stamp):
    return time.mktime(time.strptime(stamp, "%Y-%m-%d %H:%M:%S"))


def recording(folder):
    """Blocks (moment, text) of one recording: a stamped line with those that continue it."""
    blocks = []
    for channel in ("full.gz", "security.gz"):
        path = os.path.join(folder, channel)
        if not os.path.exists(path):
            continue
        with gzip.open(path, "rt", encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                match = RECORDED.match(line)
                if match:
                    text = "[" + STAMP + "]" + line[match.end():]
                    text = RECORDED_TV.sub('EventTV="' + EVENT_TV + '"', text)
                    blocks.append([seconds_of(match.group(1)), text])
                elif blocks:
                    blocks[-1][1] += line
    blocks.sort(key=lambda block: block[0])
    first = blocks[0][0]
    return [(moment - first, text) for moment, text in blocks]


class Tape:
    """blocks: (moment in seconds from the beginning, text), in order of moments."""

    def __init__(self, corpus, seed, seconds, per_second, addresses=200):
        self.exported = 0  # time of the last entry, microseconds
        self.random = random.Random(seed)
        self.seconds = seconds
        self.addresses = addresses
        self.weights = [1.0 / (rank + 2) for rank in range(addresses)]
        blocks = list(self.generated(per_second))
        if corpus:
            blocks += self.recorded(corpus)
        blocks.sort(key=lambda block: block[0])
        self.blocks = blocks
        self.lines = sum(text.count("\n") for _, text in blocks)

    def address(self):
        """A few attack much, many a little."""
        rank = self.random.choices(range(self.addresses), self.weights)[0]
        if rank % 9 == 8:
            return f"2001:db8:{rank % 7:x}::{rank:x}"
        return f"203.0.{rank // 250}.{rank % 250 + 1}"

    def generated(self, per_second):
        kinds = [self.wrong_password, self.no_peer, self.pjsip, self.challenge, self.noise]
        weights = [40, 12, 12, 4, 32]
        moment = 0.0
        while moment < self.seconds:
            moment += self.random.expovariate(per_second)
            kind = self.random.choices(kinds, weights)[0]
            yield moment, kind()

    def wrong_password(self):
        user = self.random.randint(1000, 1040)
        return (f"[{STAMP}] NOTICE[466] chan_sip.c: Registration from '\"{user}\" <sip:{user}@pbx>' "
                f"failed for '{self.target()}' - Wrong password\n")

    def target(self):
        address = self.address()
        port = self.random.randint(5060, 5070)
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    def no_peer(self):
        user = self.random.randint(1, 9999)
        return (f"[{STAMP}] NOTICE[466] chan_sip.c: Registration from '<sip:{user}@pbx>' failed for "
                f"'{self.target()}' - No matching peer found\n")

    def security(self, event, rest):
        return (f'[{STAMP}] SECURITY[645] res_security_log.c: SecurityEvent="{event}",'
                f'EventTV="{EVENT_TV}",Severity="Error",Service="PJSIP",EventVersion="1",{rest}\n')

    def session(self):
        number = self.random.randint(0, 253)
        user = self.random.randint(2000, 2020)
        call = "%016x" % self.random.getrandbits(64)
        address = f"198.51.100.{number + 1}"
        return user, call, address

    def pjsip(self):
        """Challenged, and the answer is wrong: a line of each channel."""
        user, call, address = self.session()
        rest = (f'AccountID="{user}",SessionID="{call}@{address}",'
                f'LocalAddress="IPV4/UDP/127.0.1.2/5060",RemoteAddress="IPV4/UDP/{address}/5066",')
        return (self.security("ChallengeSent", rest + 'Challenge=""') +
                f"[{STAMP}] NOTICE[939] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from "
                f"'\"{user}\" <sip:{user}@127.0.1.2>' failed for '{address}:5066' "
                f"(callid: {call}@{address}) - Failed to authenticate\n" +
                self.security("ChallengeResponseFailed", rest +
                              'Challenge="1/2",Response="3",ExpectedResponse=""'))

    def challenge(self):
        """Never answered: abandoned by time alone."""
        user, call, address = self.session()
        return self.security("ChallengeSent",
                             f'AccountID="{user}",SessionID="{call}@{address}",'
                             f'LocalAddress="IPV4/UDP/127.0.1.2/5060",'
                             f'RemoteAddress="IPV4/UDP/{address}/5066",Challenge=""')

    def noise(self):
        return self.random.choice([
            f"[{STAMP}] VERBOSE[421] pbx.c: Executing [100@internal:1] NoOp(\"SIP/1\", \"\") in new stack\n",
            f"[{STAMP}] VERBOSE[466] chan_sip.c: Registered SIP '1001' at {self.target()}\n",
            f"[{STAMP}] WARNING[421] loader.c: Something that\n  goes on\n    in two more lines\n",
        ])

    def recorded(self, corpus):
        """The recordings one after the other, again and again."""
        blocks = []
        begin = 0.0
        turn = 0
        while begin < self.seconds:
            found = recording(os.path.join(corpus, RECORDINGS[turn % len(RECORDINGS)]))
            turn += 1
            blocks += [(begin + moment, text) for moment, text in found]
            begin += found[-1][0] + 5
        return [block for block in blocks if block[0] < self.seconds]

    def render(self, number, begin):
        """Text of a block when the tape was begun at `begin` (seconds since 1970)."""
        moment, text = self.blocks[number]
        now = begin + moment
        whole = time.gmtime(now)
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", whole)
        tv = time.strftime("%Y-%m-%dT%H:%M:%S", whole) + ".%03d+0000" % (now % 1 * 1000)
        return text.replace(STAMP, stamp).replace(EVENT_TV, tv)

    def write(self, path, begin):
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            for number in range(len(self.blocks)):
                file.write(self.render(number, begin))

    def export(self, begin, first, last, boot):
        """Blocks as entries in journald's export format, as Asterisk's syslog channel
        makes them; between them those of another program. Parts are asked for in their
        order: as with journald, no two entries bear the same time. (sd-journal cannot go
        on at an entry that shares boot and time with entries of another file.)"""
        out = []
        for number in range(first, last):
            usec = max(self.exported, int((begin + self.blocks[number][0]) * 1000000))
            for line in self.render(number, begin).splitlines():
                match = FILE_LINE.match(line)
                if not match:
                    continue
                level, file, text = match.groups()
                usec += 1
                out.append(entry(usec, boot, "asterisk", f"{level}: {file}:1 in main: {text}"))
            if number % 7 == 0:
                usec += 1
                out.append(entry(usec, boot, "cron", f"run {number}"))
            self.exported = usec
        return "".join(out), len(out)


def entry(usec, boot, ident, message):
    return (f"__REALTIME_TIMESTAMP={usec}\n__MONOTONIC_TIMESTAMP={usec % 10 ** 12}\n_BOOT_ID={boot}\n"
            f"MESSAGE={message}\nPRIORITY=5\nSYSLOG_IDENTIFIER={ident}\n_HOSTNAME=pbx1\n"
            f"_MACHINE_ID=3d1219c7c4c5404aaa1f6d2a48adfda4\n_TRANSPORT=syslog\n\n")
