"""bad_input.py FROM PROXY NODE: sends what no sane peer sends, over TCP and UDP, and judges the answers.

Each case has the answers that are right: status codes, "closed" (the connection is closed) or "silence".
"""
import socket
import sys

SOURCE = sys.argv[1]
counter = 0


def invite(host, call_id=None, lines=(), body=b"", length=None, uri=None, cseq="1 INVITE", version="SIP/2.0", transport="TCP"):
    global counter
    counter += 1
    call_id = call_id or f"bad-{counter}"
    length = len(body) if length is None else length
    head = [
        f"INVITE {uri or 'sip:2000@' + host} {version}",
        f"Via: SIP/2.0/{transport} {SOURCE}:5099;branch=z9hG4bKbad{counter};rport",
        "Max-Forwards: 70",
        f"From: <sip:+15550199@{SOURCE}>;tag=bad{counter}",
        f"To: <sip:2000@{host}>",
        f"Call-ID: {call_id}@{SOURCE}",
        f"CSeq: {cseq}",
        f"Contact: <sip:bad@{SOURCE}:5099>",
        f"Diversion: <sip:1001@{SOURCE}>;reason=no-answer",
        *lines,
        f"Content-Length: {length}",
    ]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


def options(host):
    return invite(host, cseq="1 OPTIONS").replace(b"INVITE ", b"OPTIONS ", 1)


SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
TYPE = ["Content-Type: application/sdp"]
MIXED = 'Content-Type: multipart/mixed; boundary="part"'


def mixed(handling):
    return (b"--part\r\nContent-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=" + handling.encode() +
            b"\r\n\r\n\x01\x00\r\n--part\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--part--\r\n")


def cases(host, is_node):
    """(name, bytes, right answers) of a stream peer."""
    good = [200, 302] if not is_node else [200]
    yield "no SIP at all", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", [400, "closed", "silence"]
    yield "binary junk", bytes(range(256)) * 8, [400, "closed", "silence"]
    yield "a length above the limit", invite(host, length=4294967295) + b"abc", [400, 413, "closed"]
    yield ("a valid request, then a length above the limit in the same segment", options(host) + invite(host, length=4294967295) + b"abc",
           [200, 503])
    yield "a negative length", invite(host, length=-1), [400, "closed"]
    yield "two lengths that differ", invite(host, lines=["Content-Length: 7"]), [400, "closed"]
    yield "8000 headers", invite(host, lines=[f"X{i}: y" for i in range(8000)]), [400, 413, 513, "closed"]
    yield "3800 Vias on a line", invite(host, lines=["Via: " + ", ".join(["SIP/2.0/TCP a"] * 3800)]), [400, 413, 513, "closed"]
    yield "15000 Contacts on a line", invite(host, lines=["Contact: " + ",".join(["<sip:a@b>"] * 15000)]), [400, 413, 513, "closed"]
    yield "a line of 100 kB", invite(host, lines=["Subject: " + "a" * 100000]), [400, 413, 513, "closed"]
    yield "a NUL in a header", invite(host, lines=["Subject: a\0b"]), [400, "closed", "silence", *good]
    yield "SIP/3.0", invite(host, version="SIP/3.0"), [400, 505, "closed", "silence"]
    yield "a CSeq of another method", invite(host, cseq="1 BYE"), [400]
    yield "a CSeq that is no number", invite(host, cseq="x INVITE"), [400]
    yield "no CSeq", invite(host).replace(b"CSeq", b"X-Not-CSeq"), [400]
    yield "two From headers", invite(host, lines=[f"From: <sip:x@{host}>;tag=2"]), [400, "closed", "silence"]
    yield "no hop left", invite(host).replace(b"Max-Forwards: 70", b"Max-Forwards: 0"), [483, 302, 200] if is_node else [483, 302]
    yield "an unknown method", invite(host, cseq="1 DANCE").replace(b"INVITE ", b"DANCE ", 1), [405, 501]
    yield "an unknown URI scheme", invite(host, uri="http://example.com/"), [400, 404, 416]
    yield "an unsupported extension", invite(host, lines=["Require: 100rel"]), [420] if is_node else [302]
    yield "an unknown extension number", invite(host).replace(b"sip:1001@", b"sip:4711@"), [404, 480]
    yield "an unterminated quote", invite(host, lines=['P-Asserted-Identity: "abc <sip:a@b>']), [400, "silence", *good]
    yield "an escape at the end", invite(host, uri=f"sip:2000%@{host}"), [400]
    if is_node:
        yield "broken SDP", invite(host, lines=TYPE, body=b"v=1\r\nm=audio\r\n"), [400, 488]
        yield "SDP without a codec of ours", invite(host, lines=TYPE, body=SDP.replace(b"AVP 0", b"AVP 96")), [488]
        yield "SDP among other parts", invite(host, lines=[MIXED], body=mixed("optional")), [200]
        yield "SDP beside what must be understood and is not", invite(host, lines=[MIXED], body=mixed("required")), [415]
        yield "a body that never ends", invite(host, lines=[MIXED], body=mixed("optional")[:-8]), [415]
        yield "a forged ticket", invite(f"{host};transport=tcp;um-ticket=AAAA{'B' * 50}", lines=TYPE, body=SDP), [200, 403]
        yield "a body of another type", invite(host, lines=["Content-Type: text/plain"], body=b"hello"), [415, 488, 200]
        yield "a BYE out of the blue", invite(host, cseq="1 BYE").replace(b"INVITE ", b"BYE ", 1), [481]
        yield "a CANCEL out of the blue", invite(host, cseq="1 CANCEL").replace(b"INVITE ", b"CANCEL ", 1), [481]


def status_of(data):
    """The first final answer in what came back."""
    for part in data.split(b"\r\n\r\n"):
        line = part.lstrip().split(b"\r\n")[0].split(b" ")
        if line[0] == b"SIP/2.0" and len(line) > 1 and line[1].isdigit() and int(line[1]) >= 200:
            return int(line[1])
    return None


def over_tcp(address, data, patience):
    with socket.create_connection(address, 5, (SOURCE, 0)) as peer:
        peer.settimeout(patience)
        try:
            peer.sendall(data)
        except OSError:
            return "closed"
        received = b""
        while True:
            try:
                more = peer.recv(65536)
            except TimeoutError:
                return status_of(received) or "silence"
            except OSError:
                return status_of(received) or "closed"
            if not more:
                return status_of(received) or "closed"
            received += more
            if status_of(received):
                return status_of(received)


def over_udp(address, data, patience):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((SOURCE, 0))
        peer.settimeout(patience)
        peer.sendto(data[:60000].replace(b"SIP/2.0/TCP", b"SIP/2.0/UDP"), address)
        try:
            while True:
                if status := status_of(peer.recv(65536)):
                    return status
        except TimeoutError:
            return "silence"


def answers_where_the_via_says(address):
    """RFC 3261 section 18.2.2: without rport the answer goes to the Via's port, not to where the request came from."""
    with (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener):
        sender.bind((SOURCE, 0))
        listener.bind((SOURCE, 0))
        listener.settimeout(5)
        via = f"{SOURCE}:{listener.getsockname()[1]}".encode()
        request = options("voxpost").replace(b"SIP/2.0/TCP", b"SIP/2.0/UDP").replace(b";rport", b"").replace(SOURCE.encode() + b":5099", via)
        sender.sendto(request, address)
        try:
            return status_of(listener.recv(65536)) == 200
        except TimeoutError:
            return False


def is_well(address):
    return over_tcp(address, options("voxpost"), 5) == 200


def main():
    bad = count = 0
    for program, text in (("um-proxy", sys.argv[2]), ("um-mailbox", sys.argv[3])):
        host, port = text.split(":")
        address = (host, int(port))
        for transport, send in (("TCP", over_tcp), ("UDP", over_udp)):
            for name, data, right in cases(text, program == "um-mailbox"):
                answer = send(address, data, 0.3 if "silence" in right else 1.5 if transport == "UDP" else 5)
                # A datagram may always be dropped.
                good = answer in right or (transport == "UDP" and answer == "silence")
                good = good and is_well(address)
                count += 1
                bad += not good
                print(f"{'ok ' if good else 'BAD'}  {program} {transport}  {name}: {answer}")
        good = answers_where_the_via_says(address)
        count += 1
        bad += not good
        print(f"{'ok ' if good else 'BAD'}  {program} UDP  without rport")
    print(f"{count} kinds of bad input, {bad} answered wrongly")
    return bad > 0


sys.exit(main())
