"""The phone page and its files, which the simulator serves itself."""

import mimetypes
from pathlib import Path

from .asgi import Request, Response, json_response

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "templates" / "simulator" / "phone.html"
STATIC_ROOT = PROJECT / "static" / "simulator"
STATIC_PREFIX = "/static/simulator/"
LOOPBACK_PAGES = "http://127.0.0.1:* http://localhost:* http://*.localhost:*"
PAGE_HEADERS = {
    # The demo's door page shows the phone beside the inbox, from another port of this machine; so do an account's pictures come,
    # or from wherever its public address is. A blob is a file that the customer is about to send.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src 'self' data: https: {LOOPBACK_PAGES}; media-src 'self' blob: https: {LOOPBACK_PAGES}; "
        f"base-uri 'none'; form-action 'self'; frame-ancestors 'self' {LOOPBACK_PAGES}"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def answer_page(request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        return json_response({"message": "Method Not Allowed"}, 405)
    if request.path == "/":
        return _file(PAGE, "text/html; charset=utf-8")
    if request.path.startswith(STATIC_PREFIX):
        wanted = (STATIC_ROOT / request.path.removeprefix(STATIC_PREFIX)).resolve()
        if wanted.is_relative_to(STATIC_ROOT) and wanted.is_file():
            kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
            return _file(wanted, "text/javascript; charset=utf-8" if wanted.suffix == ".js" else kind)
    return json_response({"message": "Not found"}, 404)


def _file(path: Path, content_type: str) -> Response:
    return Response(200, path.read_bytes(), {"content-type": content_type, **PAGE_HEADERS})
