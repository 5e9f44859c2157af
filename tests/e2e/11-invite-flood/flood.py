"""flood.py GATEWAY STRANGER PROXY NODE FREE: floods both programs with INVITEs past every limit, and judges the answers.

GATEWAY and STRANGER are addresses to send from: a gateway of the organisation's, and none. The node takes FREE more calls; they
are held until all is over. Prints what was wrong, and one line at last. Exit status 1: something was.
"""
import collections
import selectors
import socket
import sys
import time

GATEWAY, STRANGER = sys.argv[1:3]
PROXY, NODE = ((text.split(":")[0], int(text.split(":")[1])) for text in sys.argv[3:5])
FREE = int(sys.argv[5])
BODY = "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio 39000 RTP/AVP 0\r\n"
# Of um-mailbox: mailbox/ua/transactions.h, common/net/limits.h.
TRANSACTIONS_PER_PEER, CONNECTIONS_PER_PEER = 10000, 512
count = 0
wrong = []


def request(method, source, target, transport, number, more="", body=""):
    return (f"{method} sip:2000@{target[0]}:{target[1]};transport={transport} SIP/2.0\r\n"
            f"Via: SIP/2.0/{transport.upper()} {source}:5060;rport;branch=z9hG4bKflood{number}{method}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:+15550199@{source}>;tag=flood{number}\r\n"
            f"Call-ID: flood{number}@{source}\r\nContact: <sip:flood@{source}:5060;transport={transport}>\r\n"
            f"{more}Content-Length: {len(body)}\r\n\r\n{body}").encode()


def invite(source, target, transport):
    global count
    count += 1
    more = (f"To: <sip:2000@{target[0]}>\r\nCSeq: 1 INVITE\r\nDiversion: <sip:1010@{source}>;reason=no-answer\r\n"
            "Content-Type: application/sdp\r\n")
    return request("INVITE", source, target, transport, count, more, BODY.format(source))


def in_dialog(method, cseq, source, target, answer):
    """An ACK or a BYE for the call that `answer` took."""
    number = field(answer, "Call-ID")[len("flood"):].split("@")[0]
    return request(method, source, target, "tcp", number, f"To: {field(answer, 'To')}\r\nCSeq: {cseq} {method}\r\n")


def field(message, name):
    for line in message.decode(errors="replace").split("\r\n"):
        if line.lower().startswith(name.lower() + ":"):
            return line.split(":", 1)[1].strip()
    return ""


class Answers:
    """Final answers, counted: "503", "503 without Retry-After", ..."""

    def __init__(self):
        self.of = collections.Counter()
        self.taken = []

    def add(self, message):
        status = int(message.split(b" ", 2)[1])
        if status < 200:
            return
        name = str(status)
        if status == 503 and not field(message, "Retry-After").isdigit():
            name += " without Retry-After"
        self.of[name] += 1
        if status == 200:
            self.taken.append(message)


class Peer:
    """One TCP connection: writes what it has as the other side takes it, and reads what comes."""

    def __init__(self, source, target, data, answers):
        self.socket = socket.create_connection(target, 5, (source, 0))
        self.socket.setblocking(False)
        self.data, self.answers, self.received, self.closed = memoryview(data), answers, b"", False

    def turn(self, events):
        try:
            if events & selectors.EVENT_WRITE:
                self.data = self.data[self.socket.send(self.data[:65536]):]
            if events & selectors.EVENT_READ:
                more = self.socket.recv(262144)
                self.closed = not more
                self.received += more
        except BlockingIOError:
            return
        except OSError:
            self.closed = True
        self.cut()

    def cut(self):
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            end += 4 + int(field(self.received[:end + 2], "Content-Length") or 0)
            if len(self.received) < end:
                return
            self.answers.add(self.received[:end])
            self.received = self.received[end:]


def over_tcp(source, target, connections, each, seconds=30):
    """INVITEs, pipelined, on several connections at once. Ends when all are answered, or closed. Returns answers and peers."""
    answers = Answers()
    peers = [Peer(source, target, b"".join(invite(source, target, "tcp") for _ in range(each)), answers) for _ in range(connections)]
    until = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for peer in peers:
            selector.register(peer.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, peer)
        while selector.get_map() and answers.of.total() < connections * each and time.monotonic() < until:
            for key, events in selector.select(1):
                key.data.turn(events)
                if key.data.closed:
                    selector.unregister(key.data.socket)
                elif not key.data.data:
                    selector.modify(key.data.socket, selectors.EVENT_READ, key.data)
    return answers, peers


def over_udp(source, target, total, patience=0.5):
    """INVITEs in bursts; the answers that come until none has come for a while."""
    answers = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((source, 0))
        for n in range(total):
            peer.sendto(invite(source, target, "udp"), target)
            peer.settimeout(patience if n == total - 1 else 0.01)
            try:
                while n % 50 == 0 or n == total - 1:
                    message = peer.recv(65536)
                    if message.split(b" ", 2)[1] >= b"200":
                        answers[field(message, "Call-ID")] = message  # an answer without an ACK is repeated
            except TimeoutError:
                pass
    counted = Answers()
    for message in answers.values():
        counted.add(message)
    return counted


def judge(what, answers, right, least, most=None):
    """All answers are `right`, and so many."""
    print(f"{what}: {dict(answers.of)}")
    if set(answers.of) - {right} or not least <= answers.of.total() <= (least if most is None else most):
        wrong.append(f"{what}: {dict(answers.of)}, should be {right} {least} times" + (f" at least" if most else ""))


def connect_many(source, target):
    """More connections than a peer may have: the rest is closed at once. Returns how many stay."""
    peers = [socket.create_connection(target, 5, (source, 0)) for _ in range(CONNECTIONS_PER_PEER + 100)]
    stay = 0
    for peer in peers[::-1]:  # the last were closed last
        peer.settimeout(0.2 if stay == 0 else 0.001)
        try:
            stay += peer.recv(1) != b""
        except TimeoutError:
            stay += 1
        except OSError:
            pass
        peer.close()
    return stay


def main():
    # The node's free places are taken, and held.
    answers, (holder,) = over_tcp(GATEWAY, NODE, 1, 100)
    taken = answers.taken
    holder.socket.setblocking(True)
    for answer in taken:
        holder.socket.sendall(in_dialog("ACK", 1, GATEWAY, NODE, answer))
    if answers.of != {"200": FREE, "503": 100 - FREE}:
        wrong.append(f"100 INVITEs to a node with {FREE} free places: {dict(answers.of)}")

    total = TRANSACTIONS_PER_PEER + 2000
    judge("um-mailbox, UDP", over_udp(GATEWAY, NODE, 2000), "503", 1000, 2000)
    judge("um-mailbox, TCP", over_tcp(GATEWAY, NODE, 4, total // 4)[0], "503", total)
    judge("um-proxy, UDP", over_udp(GATEWAY, PROXY, 2000), "503", 1000, 2000)
    judge("um-proxy, TCP", over_tcp(GATEWAY, PROXY, 4, 1000)[0], "503", 4000)
    for name, target in (("um-proxy", PROXY), ("um-mailbox", NODE)):
        judge(f"{name}, a stranger, UDP", over_udp(STRANGER, target, 2000), "none", 0)
        answers, peers = over_tcp(STRANGER, target, 50, 20)
        judge(f"{name}, a stranger, TCP", answers, "403", 50)
        if not all(peer.closed for peer in peers):
            wrong.append(f"{name} keeps a stranger's connection")
        stay = connect_many(GATEWAY, target)
        print(f"{name}: {stay} connections stay")
        if not CONNECTIONS_PER_PEER - 10 <= stay <= CONNECTIONS_PER_PEER:
            wrong.append(f"{name} keeps {stay} connections of one peer")

    for answer in taken:
        holder.socket.sendall(in_dialog("BYE", 2, GATEWAY, NODE, answer))
    ended = Answers()
    holder.answers, holder.received = ended, b""
    holder.socket.settimeout(5)
    while ended.of.total() < len(taken):
        holder.received += holder.socket.recv(65536) or sys.exit("um-mailbox has closed the connection of its calls")
        holder.cut()
    judge("hanging up", ended, "200", FREE)
    print("\n".join(wrong) if wrong else f"{count} INVITEs, all answered as they should be")
    return bool(wrong)


sys.exit(main())
