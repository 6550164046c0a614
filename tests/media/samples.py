"""Files to try with: real ones, drawn here, and ones that pretend."""

import io
import math
import struct
import wave
import zlib

import av
from PIL import Image, ImageDraw

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def picture(kind="JPEG", size=(640, 480), **save):
    """A drawing; with `exif=…` as a camera leaves it."""
    image = Image.new("RGB", size, "#27496d")
    ImageDraw.Draw(image).ellipse((size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2), fill="#f2c14e")
    file = io.BytesIO()
    image.save(file, kind, **save)
    return file.getvalue()


def transparent_picture():
    file = io.BytesIO()
    Image.new("RGBA", (80, 60), (255, 0, 0, 90)).save(file, "PNG")
    return file.getvalue()


def with_a_place(orientation=6):
    """A JPEG that tells where it was taken, and lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "taken at home"
    return picture(exif=exif)


def bomb():
    """A PNG of some kilobytes that says it has 40,000 × 40,000 pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 4_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def video(frames=10, codec="libx264", container="mp4"):
    file = io.BytesIO()
    with av.open(file, "w", format=container) as made:
        stream = made.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        picture_of_it = av.VideoFrame.from_image(Image.new("RGB", (160, 120), "#884422"))
        for _number in range(frames):
            made.mux(stream.encode(picture_of_it))
        made.mux(stream.encode(None))
    return file.getvalue()


def sound(seconds=1.5):
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(16_000)
        count = int(16_000 * seconds)
        made.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(number / 9))) for number in range(count)))
    return file.getvalue()


def polyglot():
    """A GIF whose comment is a page with a script: fine as a picture, dangerous where a browser guesses."""
    image = picture("GIF", size=(20, 20))
    script = b"<html><script>alert(1)</script></html>"
    return image[:-1] + b"\x21\xfe" + bytes([len(script)]) + script + b"\x00\x3b"
