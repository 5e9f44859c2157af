"""pbx.py ADDRESS FILE: a PBX that takes NOTIFYs of waiting messages, by TCP and UDP on ADDRESS (HOST:PORT).

Each NOTIFY is a line in FILE: "USER NEW/OLD (URGENT-NEW/URGENT-OLD) WAITING". It prints "ready" once it listens.
"""
import asyncio
import re
import sys

host, port = sys.argv[1].rsplit(":", 1)
heard = open(sys.argv[2], "a", buffering=1, encoding="utf-8")


def header(text, name):
    found = re.search(rf"(?im)^{name}: *(.*?)\r$", text)
    return found[1] if found else ""


def answer(text):
    """The response to a request; what is right about a NOTIFY is checked, because 200 would say so."""
    head, _, body = text.partition("\r\n\r\n")
    head += "\r\n"
    uri = head.split(" ")[1]
    good = (head.startswith("NOTIFY ") and header(head, "Event") == "message-summary"
            and header(head, "Subscription-State") == "terminated" and f"<{uri}>" in header(head, "From")
            and header(head, "To") == f"<{uri}>" and header(head, "Contact")
            and header(head, "Content-Type") == "application/simple-message-summary"
            and header(body, "Message-Account") == uri)
    if good:
        user = re.match(r"sip:([^@]*)@", uri)[1]
        heard.write(f"{user} {header(body, 'Voice-Message')} {header(body, 'Messages-Waiting')}\n")
    kept = [line for line in head.split("\r\n") if re.match(r"(?i)(via|from|to|call-id|cseq):", line)]
    kept = [line + ";tag=pbx" if line.lower().startswith("to:") else line for line in kept]
    return "\r\n".join(["SIP/2.0 200 OK" if good else "SIP/2.0 400 Bad Request", *kept, "Content-Length: 0", "", ""])


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            body = (await reader.readexactly(int(header(head, "Content-Length") or 0))).decode()
            writer.write(answer(head + body).encode())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(answer(data.decode()).encode(), address)


async def main():
    server = await asyncio.start_server(serve, host, int(port))
    await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, local_addr=(host, int(port)))
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
