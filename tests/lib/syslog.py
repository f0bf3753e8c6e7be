# SPDX-License-Identifier: Apache-2.0
"""Senders of syslog for the tests, one a sub-command: as real ones do it, and as no decent
one would."""
import os
import signal
import socket
import ssl
import sys
import time


def message(user, host="", address="203.0.113.9"):
    """A refused registration, as Asterisk tells syslog of it."""
    stamp = time.strftime("%b %e %H:%M:%S", time.gmtime())
    return (f"<133>{stamp} {host}{' ' if host else ''}asterisk[466]: NOTICE[466]: chan_sip.c:28000 "
            f"handle_request_register: Registration from '\"{user}\" <sip:{user}@pbx>' failed for "
            f"'{address}:5071' - Wrong password").encode()


def counted(data):
    return b"%d %s" % (len(data), data)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def ended(sock):
    """The other side has closed it, within 30 s."""
    sock.settimeout(30)
    try:
        while sock.recv(1000):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


def udp(port, source, *users):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((source, 0))
    for user in users:
        sock.sendto(message(user), ("127.0.0.1", int(port)))


def flood(port, count):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for i in range(int(count)):
        sock.sendto(message(f"flood{i}"), ("127.0.0.1", int(port)))


def unix(path, user):
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(message(user), path)


def program(path, name, count, rest="0"):
    """One that waits until its log has taken each message; the last follows after a rest."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    for i in range(int(count)):
        if float(rest) and i == int(count) - 1:
            time.sleep(float(rest))
        sock.sendto(message(f"{name}-{i}"), path)


def host(port, user, name):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.sendto(message(user, name), ("127.0.0.1", int(port)))


def split(port):
    """Each framing on one connection, cut at every byte."""
    one = counted(message("m1")) + message("m2") + b"\n" + message("m3") + b"\0"
    one += counted(message("m4")) + b"\n" + message("m5")
    for cut in range(1, len(one)):
        sock = connect(int(port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(one[:cut])
        if cut % 8 == 0:
            time.sleep(0.001)  # let it be read; wherever it is cut, the outcome is the same
        sock.sendall(one[cut:])
        sock.shutdown(socket.SHUT_WR)
        if not ended(sock):
            sys.exit(1)
    print(5 * (len(one) - 1))


def inject(port, user):
    """A line break in a message, with a record that blames somebody behind it."""
    forged = ("NOTICE[466]: chan_sip.c:28000 handle_request_register: Registration from "
              "'\"x\" <sip:x@pbx>' failed for '198.51.100.66:5060' - Wrong password").encode()
    sock = connect(int(port))
    sock.sendall(message(user) + b"\n" + forged + b"\n" + message(user + "b") + b"\n")


def crowd(port, count):
    """More connections than are permitted: how many were closed at once."""
    socks = [connect(int(port)) for _ in range(int(count))]
    closed = 0
    for sock in socks:
        sock.settimeout(1)
        try:
            closed += sock.recv(1) == b""
        except ConnectionError:
            closed += 1
        except TimeoutError:
            pass
    print(closed)


def loris(port, other, user):
    """Messages that never end, a byte at a time, while somebody else has something to say."""
    slow = [connect(int(port)) for _ in range(3)]
    for sock in slow:
        sock.sendall(b"900 <13>slow")
    udp(other, "127.0.0.1", user)
    end = time.time() + 30
    while slow and time.time() < end:
        for sock in list(slow):
            try:
                sock.sendall(b".")
            except ConnectionError:
                slow.remove(sock)
        time.sleep(0.2)
    sys.exit(bool(slow))


def tls(port, folder, certificate, *users):
    """certificate: name of one in the folder, or "none". Exit 1: it was not let in."""
    context = ssl.create_default_context(cafile=folder + "/ca.pem")
    context.check_hostname = False
    if certificate != "none":
        context.load_cert_chain(f"{folder}/{certificate}.pem", f"{folder}/{certificate}.key")
    try:
        sock = context.wrap_socket(connect(int(port)))
        sock.sendall(b"".join(counted(message(user)) for user in users))
        sock.unwrap()  # the other side says that it has read all
    except (ssl.SSLError, OSError) as error:
        sys.exit(f"not let in: {error}")


def garbage(port):
    """What is no TLS at all: closed."""
    for data in (b"GET / HTTP/1.0\r\n\r\n", b"<13>plain\n" * 100, os.urandom(4000), b"\x16\x03\x01\xff\xff" + b"x" * 600):
        sock = connect(int(port))
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            continue  # closed already
        if not ended(sock):
            sys.exit(1)


def mute(port):
    """Connects and says nothing: closed as well."""
    sys.exit(not ended(connect(int(port))))


def old_tls(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        context.wrap_socket(connect(int(port)))
    except (ssl.SSLError, ConnectionError):
        return
    sys.exit(1)


def pass_sockets(ready, *command):
    """Holds a socket of datagrams and one of connections, as systemd does, and runs the
    command with them each time that it is sent SIGUSR1. Ends it with SIGTERM."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 0))
    stream = socket.socket()
    stream.bind(("127.0.0.1", 0))
    stream.listen(16)
    child = 0

    def run():
        pid = os.fork()
        if pid:
            return pid
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        for at, sock in enumerate((datagrams, stream)):
            os.dup2(sock.fileno(), 60 + at)
        for at in range(2):
            os.dup2(60 + at, 3 + at)
        os.closerange(5, 64)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES="boxes:boxes")
        os.execv(command[0], command)
        return 0

    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM])
    with open(ready + ".new", "w", encoding="ascii") as out:
        out.write(f"{datagrams.getsockname()[1]} {stream.getsockname()[1]}\n")
    os.rename(ready + ".new", ready)
    while True:
        what = signal.sigwait([signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM])
        if what == signal.SIGUSR1:
            child = run()
            continue
        if child:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
            child = 0
        if what == signal.SIGTERM:
            return


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
