"""Pictures, video and sound are opened here, in a process of their own that may take so much memory and time and no more.

`python workshop.py TASK FILE FOLDER` prints one JSON object. It imports nothing of the product: a file that makes a decoder
crash, eat memory or never end costs this process and nothing else. Tasks: `look` (what is it, a preview) and `send` (besides,
what goes out: re-encoded or repacked within LINE's limits, without metadata). Exit 3: the file can't be read.
"""

import json
import resource
import sys
from itertools import chain
from pathlib import Path
from typing import Any

MEMORY_BYTES = 3 * 1024**3
CPU_SECONDS = 100
FILE_BYTES = 210 * 1024**2
# LINE: original JPEG or PNG up to 10 MB, preview up to 1 MB.
MAXIMUM_PIXELS = 60_000_000
LONGEST_SIDE = 4096
PREVIEW_SIDE = 720
PICTURE_BYTES = 9_500_000
PREVIEW_BYTES = 950_000
PICTURE_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "MPO")


class Unreadable(Exception):
    """The file isn't what it says, or is damaged."""


def work_on(task: str, kind: str, path: Path, folder: Path) -> dict[str, Any]:
    """`kind` is image, video or audio; returns width, height, duration_ms, and the names of the files made in `folder`."""
    makers = {"image": _picture, "video": _video, "audio": _audio}
    return makers[kind](path, folder, sending=task == "send")


# --- Pictures -----------------------------------------------------------------------------------------


def _picture(path: Path, folder: Path, *, sending: bool) -> dict[str, Any]:
    from PIL import Image, ImageOps

    Image.init()
    Image.MAX_IMAGE_PIXELS = MAXIMUM_PIXELS
    with Image.open(path, formats=PICTURE_FORMATS) as opened:
        width, height = opened.size
        if width * height > MAXIMUM_PIXELS:
            raise Unreadable("too many pixels")
        opened.load()
        picture = ImageOps.exif_transpose(opened)
    found: dict[str, Any] = {"width": picture.width, "height": picture.height, "preview": "preview.jpg"}
    _save_preview(picture, folder / "preview.jpg")
    if sending:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        found |= {"width": picture.width, "height": picture.height, **_save_picture(picture, folder)}
    return found


def _save_picture(picture: Any, folder: Path) -> dict[str, str]:
    """As PNG where something is transparent and that fits, else as JPEG. A new image: nothing of the old file's metadata."""
    if _is_transparent(picture):
        path = folder / "sent.png"
        picture.convert("RGBA").save(path, "PNG", optimize=True)
        if path.stat().st_size <= PICTURE_BYTES:
            return {"sent": path.name, "media_type": "image/png"}
    flat = _flat(picture)
    path = folder / "sent.jpg"
    for quality in (90, 80, 65, 50):
        flat.save(path, "JPEG", quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= PICTURE_BYTES:
            break
    return {"sent": path.name, "media_type": "image/jpeg"}


def _save_preview(picture: Any, path: Path) -> None:
    small = _flat(picture.copy())
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    for quality in (82, 60, 40):
        small.save(path, "JPEG", quality=quality, optimize=True)
        if path.stat().st_size <= PREVIEW_BYTES:
            return


def _is_transparent(picture: Any) -> bool:
    return picture.has_transparency_data and picture.convert("RGBA").getchannel("A").getextrema()[0] < 255


def _flat(picture: Any) -> Any:
    """On white, in three colours, without any information besides."""
    from PIL import Image

    clean = Image.new("RGB", picture.size, "white")
    source = picture.convert("RGBA") if picture.has_transparency_data else picture.convert("RGB")
    clean.paste(source, (0, 0), source if source.mode == "RGBA" else None)
    return clean


# --- Video and sound ----------------------------------------------------------------------------------


def _video(path: Path, folder: Path, *, sending: bool) -> dict[str, Any]:
    import av

    with av.open(str(path)) as container:
        if not container.streams.video:
            raise Unreadable("no picture in it")
        stream = container.streams.video[0]
        codec = stream.codec_context
        if (codec.width or 0) * (codec.height or 0) > MAXIMUM_PIXELS:
            raise Unreadable("too many pixels")
        frame = next(container.decode(stream), None)
        if frame is None:
            raise Unreadable("no frame in it")
        _save_preview(frame.to_image(), folder / "preview.jpg")
        found = {"width": codec.width, "height": codec.height, "duration_ms": _duration_ms(container), "preview": "preview.jpg"}
        sound = container.streams.audio[0].codec_context.name if container.streams.audio else "aac"
        playable = codec.name == "h264" and sound in ("aac", "mp3")
    if sending and playable:
        _repack(path, folder / "sent.mp4")
        found |= {"sent": "sent.mp4", "media_type": "video/mp4"}
    return found


def _repack(path: Path, target: Path) -> None:
    """The same pictures and sound in a new MP4 that begins to play at once, without the old file's metadata."""
    import av

    with av.open(str(path)) as source, av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as made:
        wanted = [source.streams.video[0], *source.streams.audio[:1]]
        streams = {stream.index: made.add_stream_from_template(stream) for stream in wanted}
        for stream in streams.values():
            stream.metadata.clear()
        for packet in source.demux(wanted):
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                made.mux(packet)


def _audio(path: Path, folder: Path, *, sending: bool) -> dict[str, Any]:
    import av

    with av.open(str(path)) as container:
        if not container.streams.audio:
            raise Unreadable("no sound in it")
        found: dict[str, Any] = {"duration_ms": _duration_ms(container)}
        if next(container.decode(audio=0), None) is None:
            raise Unreadable("no sound in it")
    if sending:
        milliseconds = _as_m4a(path, folder / "sent.m4a")
        found |= {"sent": "sent.m4a", "media_type": "audio/mp4", "duration_ms": milliseconds or found["duration_ms"]}
    return found


def _as_m4a(path: Path, target: Path) -> int:
    """Sound as AAC in an M4A, which is what LINE plays everywhere; returns its length in milliseconds."""
    import av

    samples = 0
    with av.open(str(path)) as source, av.open(str(target), "w", format="ipod", options={"movflags": "+faststart"}) as made:
        stream = made.add_stream("aac", rate=44100, bit_rate=96_000, layout="stereo")
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=44100)
        for frame in chain(_decoded(source), [None]):
            for piece in resampler.resample(frame):
                samples += piece.samples
                made.mux(stream.encode(piece))
        made.mux(stream.encode(None))
    return samples * 1000 // 44100


def _decoded(source: Any) -> Any:
    for frame in source.decode(audio=0):
        frame.pts = None
        yield frame


def _duration_ms(container: Any) -> int:
    return int(container.duration // 1000) if container.duration and container.duration > 0 else 0


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    _limit()
    task, kind, path, folder = sys.argv[1:5]
    try:
        found = work_on(task, kind, Path(path), Path(folder))
    except Exception as error:
        sys.stdout.write(json.dumps({"problem": type(error).__name__}))
        return 3
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
