"""The frame of a wizard: numbered pages, of which those behind the furthest may be opened again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Step:
    """One page in the step indicator. `url` is empty for a page that can't be opened yet."""

    number: int
    title: "StrOrPromise"
    url: str = ""
    current: bool = False
    done: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the reader is in a wizard."""

    steps: Sequence[Step]

    @property
    def current(self) -> Step:
        return next(step for step in self.steps if step.current)

    @property
    def back_url(self) -> str:
        """The page before this one; empty on the first."""
        number = self.current.number
        return self.steps[number - 2].url if number > 1 else ""


def progress(pages: "Sequence[tuple[StrOrPromise, str]]", *, current: int, reached: int) -> Progress:
    """`pages` are (title, address) in order; `current` and `reached` count from 1."""
    return Progress(
        [
            Step(number=number, title=title, url=url if number <= reached else "", current=number == current, done=number < reached)
            for number, (title, url) in enumerate(pages, start=1)
        ]
    )
