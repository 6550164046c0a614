"""What may be kept and logged of an error."""

import traceback


def type_and_place(error: BaseException) -> str:
    """The error's type and place, never its words, which may hold a customer's or a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name} ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{place}"
