"""pbx.py FROM PROXY PILOT CASE: a PBX that says late, or not at all, who calls whom; or that hands a call on, and it comes back.

CASE is UPDATE or INFO: the request that names caller and called after 0.5 s of ringing; nobody: nothing does; handed-on: the
caller presses 0, and the operator's telephone diverts to voice mail. Prints what was answered, a line for each call:
"CALL-ID 180 200", "CALL-ID 180 404 15604"; with the seconds until the final answer.
"""
import os
import re
import select
import socket
import sys
import time

source, proxy, pilot, case = sys.argv[1:5]


class Connection:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=20, source_address=(source, 0))
        self.heard = b""

    def send(self, lines, body=""):
        head = "\r\n".join(lines + [f"Content-Length: {len(body)}"])
        self.socket.sendall(f"{head}\r\n\r\n{body}".encode())

    def message(self):
        """The next message: its lines."""
        while True:
            end = self.heard.find(b"\r\n\r\n")
            if end >= 0:
                head = self.heard[:end].decode()
                size = re.search(r"(?im)^content-length: *(\d+)", head)
                whole = end + 4 + int(size[1] if size else 0)
                if len(self.heard) >= whole:
                    self.heard = self.heard[whole:]
                    return head.split("\r\n")
            more = self.socket.recv(65536)
            if not more:
                sys.exit("the other side has closed the connection")
            self.heard += more

    def quiet(self, seconds):
        return not self.heard and not select.select([self.socket], [], [], seconds)[0]


def header(message, name):
    for line in message[1:]:
        key, _, value = line.partition(":")
        if key.strip().lower() == name.lower():
            return value.strip()
    return ""


def status(message):
    found = re.match(r"SIP/2\.0 (\d{3})", message[0])
    return int(found[1]) if found else 0


class Call:
    def __init__(self, caller, extra):
        self.name = os.urandom(8).hex()
        self.id = f"{self.name}@{source}"
        self.caller, self.extra = caller, extra
        self.cseq, self.to, self.uri = 0, f"<sip:{pilot}@{proxy}>", f"sip:{pilot}@{proxy}"
        self.media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.media.bind((source, 0))
        self.media.settimeout(20)
        self.connection = Connection(proxy)

    def request(self, method, headers=(), body="", cseq=None):
        if cseq is None:
            self.cseq += 1
        self.connection.send([
            f"{method} {self.uri} SIP/2.0",
            f"Via: SIP/2.0/TCP {source}:5099;branch=z9hG4bK{os.urandom(6).hex()};rport",
            "Max-Forwards: 70", f"From: {self.caller};tag={self.name}", f"To: {self.to}", f"Call-ID: {self.id}",
            f"CSeq: {cseq or self.cseq} {method}", f"Contact: <sip:pbx@{source}:5099;transport=tcp>", *headers], body)

    def answer(self, wanted):
        """The next response to the request `wanted` that says more than 100."""
        while True:
            message = self.connection.message()
            if status(message) > 100 and header(message, "CSeq").endswith(wanted):
                return message
            self.on_request(message)

    def on_request(self, message):
        if status(message):
            return
        self.connection.send(["SIP/2.0 " + ("202 Accepted" if message[0].startswith("REFER") else "200 OK")] +
                             [line for line in message if re.match(r"(?i)(via|from|to|call-id|cseq):", line)])

    def invite(self):
        """Follows the redirect; what the INVITE to the node is answered first."""
        port = self.media.getsockname()[1]
        sdp = (f"v=0\r\no=- 1 1 IN IP4 {source}\r\ns=-\r\nc=IN IP4 {source}\r\nt=0 0\r\n"
               f"m=audio {port} RTP/AVP 0\r\na=sendrecv\r\n")
        headers = [*self.extra, "Content-Type: application/sdp"]
        self.request("INVITE", headers, sdp)
        redirect = self.answer("INVITE")
        if status(redirect) != 302:
            return redirect
        self.uri = re.search(r"<([^>]+)>", header(redirect, "Contact"))[1]
        self.connection = Connection(re.search(r"@([^;>]+)", self.uri)[1])
        self.begun = time.monotonic()
        self.request("INVITE", headers, sdp)
        self.invited = self.cseq
        return self.answer("INVITE")

    def settle(self, message):
        """The final answer, acknowledged."""
        while status(message) < 200:
            message = self.answer("INVITE")
        self.took = time.monotonic() - self.begun
        self.to = header(message, "To")
        contact = re.search(r"<([^>]+)>", header(message, "Contact"))
        if status(message) == 200:
            self.uri = contact[1]
        self.request("ACK", cseq=self.invited)
        return message

    def end(self):
        self.request("BYE")
        self.answer("BYE")


def told(call, first, last):
    diagnostics = re.match(r"\d+", header(last, "ms-diagnostics"))
    print(call.id, status(first), status(last), diagnostics[0] if diagnostics else "-", f"{call.took:.1f}")


bob = f'"Bob Baker" <sip:+15550142@{source}>'
ann = f"Diversion: <sip:1001@{source}>;reason=user-busy"
if case == "handed-on":
    call = Call(bob, [ann])
    first = call.invite()
    last = call.settle(first)
    for _ in range(25):  # half a second of the greeting
        call.media.recv(2048)
    call.request("INFO", ["Content-Type: application/dtmf-relay"], "Signal=0\r\nDuration=160\r\n")
    refer = call.connection.message()
    while not refer[0].startswith("REFER"):
        refer = call.connection.message()
    call.on_request(refer)
    told(call, first, last)
    # The operator's telephone is 1002's: it rings, and diverts to voice mail. The caller follows there.
    second = Call(bob, [f"Diversion: <sip:1002@{source}>;reason=no-answer", f"Referred-By: {header(refer, 'Referred-By')}"])
    first = second.invite()
    last = second.settle(first)
    told(second, first, last)
    call.end()
    second.end()
else:
    call = Call(f"<sip:anonymous@{source}>", [])
    first = call.invite()
    if status(first) == 180 and case != "nobody":
        call.to = header(first, "To")
        if not call.connection.quiet(0.5):
            sys.exit("it did not wait")
        call.request(case, [ann, f"P-Asserted-Identity: {bob}"])
        if status(call.answer(case)) != 200:
            sys.exit(f"{case} is refused")
        call.to = f"<sip:{pilot}@{proxy}>"
    last = call.settle(first)
    told(call, first, last)
    if status(last) == 200:
        call.end()
