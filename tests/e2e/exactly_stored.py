"""exactly_stored.py DIR: is every recording, byte for byte, silence and then what its caller said?

DIR holds EXTENSION.ulaw (what was said), leads (EXTENSION MILLISECONDS: how long the caller was silent after the tone) and
stored/EXTENSION.wav (what umctl fetched: G.711 as it was recorded).
"""
import pathlib
import struct
import sys

SILENCE = b"\xff"
BYTES_PER_MS = 8


def g711_of(wav):
    """The data chunk of a µ-law WAVE file."""
    assert wav[:4] == b"RIFF" and wav[8:12] == b"WAVE", "no WAVE file"
    at, tag = 12, None
    while at + 8 <= len(wav):
        name, size = wav[at:at + 4], struct.unpack("<I", wav[at + 4:at + 8])[0]
        if name == b"fmt ":
            tag = struct.unpack("<H", wav[at + 8:at + 10])[0]
        if name == b"data":
            assert tag == 7, f"format {tag}, not G.711 mu-law"
            return wav[at + 8:at + 8 + size]
        at += 8 + size + size % 2
    raise AssertionError("no data")


def problem(said, recorded, lead_ms):
    """What is wrong, or the recording's silence before the speech in ms."""
    begin = recorded.find(said[:160])
    if begin < 0:
        return "the beginning of the speech is missing, or it is another caller's"
    if recorded[:begin].strip(SILENCE):
        return "there is something before the speech"
    if recorded[begin:begin + len(said)] != said:
        same = next((i for i, (a, b) in enumerate(zip(said, recorded[begin:])) if a != b), len(recorded) - begin)
        return f"differs after {same} of {len(said)} bytes"
    if len(recorded) != begin + len(said):
        return f"{len(recorded) - begin - len(said)} bytes follow the speech"
    # The recording starts while the tone's last packets are under way, or a moment later.
    if begin % 160 or not lead_ms - 150 <= begin // BYTES_PER_MS <= lead_ms + 100:
        return f"{begin} bytes of silence before the speech, where the caller was silent for {lead_ms} ms"
    return begin // BYTES_PER_MS


def main():
    folder = pathlib.Path(sys.argv[1])
    leads = dict(line.split() for line in (folder / "leads").read_text().splitlines())
    good = []
    for path in sorted(folder.glob("*.ulaw")):
        try:
            recorded = g711_of((folder / "stored" / f"{path.stem}.wav").read_bytes())
            result = problem(path.read_bytes(), recorded, int(leads[path.stem]))
        except (AssertionError, OSError, KeyError) as error:
            result = str(error)
        if isinstance(result, int):
            good.append(result)
        else:
            print(f"{path.stem}: {result}")
    if len(good) == len(leads) and good:
        print(f"{len(good)} recordings bit for bit, after {min(good)} to {max(good)} ms of silence")
    return len(good) != len(leads) or not good


sys.exit(main())
