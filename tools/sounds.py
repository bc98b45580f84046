"""Writes resources/sounds/*.wav: short sine tones, made here, so in the public domain.

.venv/bin/python tools/sounds.py
"""

import math
import struct
import wave
from pathlib import Path

RATE = 11_025
FOLDER = Path(__file__).resolve().parents[1] / "resources" / "sounds"
TONES: dict[str, tuple[tuple[float, float], ...]] = {
    "danger": ((880.0, 0.11), (0.0, 0.04), (880.0, 0.11), (0.0, 0.04), (660.0, 0.16)),
    "warn": ((587.0, 0.11), (0.0, 0.03), (784.0, 0.14)),
    "info": ((784.0, 0.14),),
    "click": ((220.0, 0.03),),
}
"""Name -> (Hz, seconds), 0 Hz = silence."""
LOUD = 9_000
FADE_S = 0.008


def samples(tones: tuple[tuple[float, float], ...]) -> bytes:
    """16-bit mono; each tone fades in and out, so that none clicks."""
    data = bytearray()
    for hertz, seconds in tones:
        count = int(RATE * seconds)
        for n in range(count):
            edge = min(n, count - n) / (RATE * FADE_S)
            level = LOUD * min(edge, 1.0) * math.sin(2 * math.pi * hertz * n / RATE)
            data += struct.pack("<h", round(level))
    return bytes(data)


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, tones in TONES.items():
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples(tones))


if __name__ == "__main__":
    main()
