"""listen.py ADDRESS PORT FILE: takes RTP until SIGTERM, keeps the G.711 in a file, and tells what was heard.

    listening
    packets=412 lost=0 sound_ms=6140 gap_ms=24

lost: sequence numbers or timestamps that do not follow one another; sound: packets that are not silence; gap: the
longest time between two packets of one spurt of sound. Exit status 1: not the G.711 µ-law of 20 ms that was agreed on.
"""
import signal
import socket
import struct
import sys
import time


def linear(code):
    code = ~code & 0xFF
    value = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return -value if code & 0x80 else value


TABLE = [linear(code) for code in range(256)]


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((sys.argv[1], int(sys.argv[2])))
    sock.settimeout(0.1)
    print("listening", flush=True)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    packets = []
    while not stop:
        try:
            data = sock.recv(2048)
        except TimeoutError:
            continue
        packets.append((time.monotonic(), data))
    lost = sound = 0
    gap = 0.0
    problems = []
    previous = None
    for at, data in packets:
        first, kind, sequence, stamp, ssrc = struct.unpack("!BBHII", data[:12])
        if first != 0x80 or kind & 0x7F != 0 or len(data) != 172:
            problems.append(f"a packet of {len(data)} bytes, type {kind & 0x7F}, first byte {first:#x}")
            continue
        loud = sum(TABLE[code] ** 2 for code in data[12:]) / 160 > 100 ** 2
        sound += loud
        if previous:
            was_at, was_sequence, was_stamp, was_ssrc = previous
            steps = sequence - was_sequence & 0xFFFF
            lost += steps - 1
            # A new spurt (marker) may jump in time, but by whole packets; within one, 160 samples a packet.
            ahead = stamp - was_stamp & 0xFFFFFFFF
            if ssrc != was_ssrc or ahead % 160 or (not kind & 0x80 and ahead != 160 * steps):
                problems.append(f"SSRC or timestamp out of step at sequence number {sequence}")
            if not kind & 0x80:
                gap = max(gap, at - was_at)
        previous = at, sequence, stamp, ssrc
    with open(sys.argv[3], "wb") as heard:
        heard.writelines(data[12:] for _, data in packets)
    for problem in problems[:5]:
        print(problem)
    print(f"packets={len(packets)} lost={lost} sound_ms={sound * 20} gap_ms={gap * 1000:.0f}")
    return bool(problems)


sys.exit(main())
