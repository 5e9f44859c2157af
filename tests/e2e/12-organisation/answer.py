"""answer.py FROM PROXY PILOT EXTENSION: a PBX's INVITE for a diverted call over TCP, and what um-proxy answers to it.

Prints "STATUS DIAGNOSTICS", the latter "-" if there are none: "302 -", "404 15603".
"""
import os
import re
import socket
import sys

source, proxy, pilot, extension = sys.argv[1:5]
host, port = proxy.rsplit(":", 1)
name = os.urandom(8).hex()
request = "\r\n".join([
    f"INVITE sip:{pilot}@{proxy} SIP/2.0",
    f"Via: SIP/2.0/TCP {source}:5099;branch=z9hG4bK{name};rport",
    "Max-Forwards: 70",
    f"From: <sip:+15550142@{source}>;tag={name}",
    f"To: <sip:{pilot}@{proxy}>",
    f"Call-ID: {name}@{source}",
    "CSeq: 1 INVITE",
    f"Contact: <sip:pbx@{source}:5099>",
    f"Diversion: <sip:{extension}@{source}>;reason=no-answer",
    "Content-Length: 0",
])
with socket.create_connection((host, int(port)), timeout=10, source_address=(source, 0)) as peer:
    peer.sendall((request + "\r\n\r\n").encode())
    heard = b""
    while b"\r\n\r\n" not in heard:
        more = peer.recv(65536)
        if not more:
            break
        heard += more
status = re.match(rb"SIP/2\.0 (\d{3}) ", heard)
diagnostics = re.search(rb"(?im)^ms-diagnostics: *(\d+)", heard)
print(status[1].decode() if status else "closed", diagnostics[1].decode() if diagnostics else "-")
