"""subscriber.py SOURCE SERVER USER FILE: subscribes at SERVER (HOST:PORT, TCP) to USER's messages, and answers what comes.

It follows a redirect. Each NOTIFY is a line in FILE: "STATE NEW/OLD (URGENT-NEW/URGENT-OLD)". It prints the status of each answer to
its SUBSCRIBE.
"""
import re
import socket
import sys

source, server, user, path = sys.argv[1:5]


def header(text, name):
    found = re.search(rf"(?im)^{name}: *(.*?)\r$", text)
    return found[1] if found else ""


def subscribe(uri, cseq):
    return "\r\n".join([
        f"SUBSCRIBE {uri} SIP/2.0",
        f"Via: SIP/2.0/TCP {source}:5099;branch=z9hG4bK-subscribe-{cseq};rport",
        "Max-Forwards: 70",
        f"From: <sip:{user}@{source}>;tag=subscriber",
        f"To: <sip:{user}@{server}>",
        f"Call-ID: subscriber@{source}",
        f"CSeq: {cseq} SUBSCRIBE",
        f"Contact: <sip:{user}@{source}:5099;transport=tcp>",
        "Event: message-summary",
        "Accept: application/simple-message-summary",
        "Expires: 600",
        "Content-Length: 0",
        "", ""]).encode()


def talk(uri, cseq, heard):
    """Until the server hangs up (""), or redirects: the URI to go to."""
    host, port = re.search(r"@([^;>]*):(\d+)", uri).groups()
    with socket.create_connection((host, int(port)), source_address=(source, 0)) as peer:
        peer.sendall(subscribe(uri, cseq))
        stream = peer.makefile("rb")
        while True:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                if not line:
                    return ""
                head += line
            head = head.decode()
            body = stream.read(int(header(head, "Content-Length") or 0)).decode()
            if head.startswith("SIP/2.0 "):
                print(head.split(" ")[1], flush=True)
                if head.startswith("SIP/2.0 302"):
                    return header(head, "Contact").strip("<>")
                continue
            state = header(head, "Subscription-State").split(";")[0]
            heard.write(f"{state} {header(body, 'Voice-Message')}\n")
            kept = [line for line in head.split("\r\n") if re.match(r"(?i)(via|from|to|call-id|cseq):", line)]
            peer.sendall("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode())


with open(path, "w", buffering=1, encoding="utf-8") as heard:
    uri, cseq = f"sip:{user}@{server}", 1
    while uri:
        uri, cseq = talk(uri, cseq, heard), cseq + 1
