"""Makes `.venv` and installs pinned requirements into it, again only when a file's hash has changed.

Runs on any Python ≥ 3.11 with nothing installed: `python3 config/bootstrap.py requirements.txt`.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
INTERPRETER = VENV / "bin" / "python"
RECORD = VENV / "installed.json"


def main(names: list[str]) -> None:
    if not _works():
        _make_venv()
    done: dict[str, str] = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    for name in names:
        digest = hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
        if done.get(name) == digest:
            continue
        print(f"Installing {name} into .venv (once; about half a minute) …", flush=True)
        _install(name)
        done[name] = digest
        RECORD.write_text(json.dumps(done, indent=1))


def _works() -> bool:
    """False as well when the Python that it was made with is gone."""
    if not INTERPRETER.exists():
        return False
    return subprocess.run([INTERPRETER, "-c", "import pip"], capture_output=True, check=False).returncode == 0  # noqa: S603


def _make_venv() -> None:
    made = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        print(made.stdout + made.stderr, file=sys.stderr)
        sys.exit("This Python can't make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv")


def _install(name: str) -> None:
    command = [str(INTERPRETER), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    command += ["--root-user-action=ignore", "-r", str(ROOT / name)]
    if subprocess.run(command, check=False).returncode:  # noqa: S603
        sys.exit(f"Installing {name} failed; see above. It needs the network once, and Python 3.11 or newer.")


if __name__ == "__main__":
    main(sys.argv[1:])
