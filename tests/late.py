"""Answers that are late on purpose."""

from playwright.sync_api import APIResponse, Page, Route


class Late:
    """The next answer to `pattern` that the page gets: the server gives it at once, the page has it when it is let go.

    With `even_the_question` the server doesn't hear of it before either. `asked_by` tells the scripts' own from htmx's.
    """

    def __init__(self, page: Page, pattern: str, *, even_the_question: bool = False, asked_by: str = "") -> None:
        self.page, self.even_the_question, self.asked_by = page, even_the_question, asked_by
        self.held: list[tuple[Route, APIResponse | None]] = []
        self.is_answered = False
        page.route(pattern, self._hold)

    def _hold(self, route: Route) -> None:
        if self.held or (self.asked_by and self.asked_by not in route.request.headers):
            route.fallback()
            return
        self.held.append((route, None))
        self.held[0] = (route, None if self.even_the_question else route.fetch())
        self.is_answered = True

    def wait(self) -> None:
        """Until it was asked for, and answered by the server."""
        for _ in range(1000):
            if self.is_answered:
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("the page never asked")

    def let_go(self) -> None:
        self.wait()
        ((route, answer),) = self.held
        if answer is None:
            route.continue_()
        else:
            route.fulfill(response=answer)
