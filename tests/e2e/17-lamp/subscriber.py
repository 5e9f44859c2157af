"""subscriber.py SOURCE NODE USER FILE: subscribes at NODE (HOST:PORT, TCP) to USER's messages, and answers what comes.

Each NOTIFY is a line in FILE: "STATE NEW/OLD (URGENT-NEW/URGENT-OLD)". It prints the status of the answer to its SUBSCRIBE.
"""
import re
import socket
import sys

source, node, user, path = sys.argv[1:5]
host, port = node.rsplit(":", 1)


def header(text, name):
    found = re.search(rf"(?im)^{name}: *(.*?)\r$", text)
    return found[1] if found else ""


subscribe = "\r\n".join([
    f"SUBSCRIBE sip:{user}@{node} SIP/2.0",
    f"Via: SIP/2.0/TCP {source}:5099;branch=z9hG4bK-subscribe;rport",
    "Max-Forwards: 70",
    f"From: <sip:{user}@{source}>;tag=subscriber",
    f"To: <sip:{user}@{node}>",
    f"Call-ID: subscriber@{source}",
    "CSeq: 1 SUBSCRIBE",
    f"Contact: <sip:{user}@{source}:5099;transport=tcp>",
    "Event: message-summary",
    "Accept: application/simple-message-summary",
    "Expires: 600",
    "Content-Length: 0",
    "", ""])
with socket.create_connection((host, int(port)), source_address=(source, 0)) as peer, open(path, "w", buffering=1, encoding="utf-8") as heard:
    peer.sendall(subscribe.encode())
    stream = peer.makefile("rb")
    while True:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                sys.exit(0)
            head += line
        head = head.decode()
        body = stream.read(int(header(head, "Content-Length") or 0)).decode()
        if head.startswith("SIP/2.0 "):
            print(head.split(" ")[1], flush=True)
            continue
        state = header(head, "Subscription-State").split(";")[0]
        heard.write(f"{state} {header(body, 'Voice-Message')}\n")
        kept = [line for line in head.split("\r\n") if re.match(r"(?i)(via|from|to|call-id|cseq):", line)]
        peer.sendall("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode())
