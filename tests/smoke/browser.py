"""A browser without a screen: cookies, redirects, and forms filled in by the names of their fields."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form of a page, with what its fields would send now."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    def names(self) -> set[str]:
        return {name for name, _value in self.fields} | set(self.choices)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, str, bool]]] | None = None
        self._textarea: str | None = None
        self._words: list[str] | None = None
        self._label: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is None:
            return
        name = values.get("name", "")
        if tag == "input":
            self._input(self._form, name, values, {key for key, _value in attributes})
        elif tag == "textarea" and name:
            self._textarea, self._words = name, []
        elif tag == "select" and name:
            self._select = (name, [])
        elif tag == "option" and self._select:
            self._words = []
            self._select[1].append((values.get("value", ""), "", "selected" in values))
        elif tag == "button" and values.get("type", "submit") == "submit":
            self._label, self._words = (name, values.get("value", "")), []
        elif tag == "label":
            self._words = []

    def _input(self, form: Form, name: str, values: dict[str, str], present: set[str]) -> None:
        kind = values.get("type", "text")
        if kind in ("checkbox", "radio"):
            value = values.get("value", "on")
            form.choices.setdefault(name, {})[value] = values.get("id", "")
            if "checked" in present:
                form.fields.append((name, value))
        elif kind == "submit":
            form.buttons.append((name, values.get("value", ""), values.get("value", "")))
        elif name and "disabled" not in present:
            form.fields.append((name, values.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._form is None:
            return
        words = "".join(self._words or []).strip()
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._textarea:
            self._form.fields.append((self._textarea, "".join(self._words or []).removeprefix("\n")))
            self._textarea = self._words = None
        elif tag == "option" and self._select:
            value, _words, selected = self._select[1].pop()
            self._select[1].append((value, words, selected))
            self._words = None
        elif tag == "select" and self._select:
            name, options = self._select
            self._form.choices[name] = {value: label for value, label, _selected in options}
            chosen = [value for value, _label, selected in options if selected] or [value for value, _label, _selected in options[:1]]
            self._form.fields += [(name, value) for value in chosen]
            self._select = None
        elif tag == "button" and self._label:
            self._form.buttons.append((*self._label, words))
            self._label = self._words = None


def forms_of(page: str) -> list[Form]:
    """The forms of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


class Refused(Exception):
    """A page answered with an error status. `str()` tells which."""


class Browser:
    """One person's session. `page` and `url` are what the window shows."""

    def __init__(self, base: str) -> None:
        self.base, self.url, self.page, self.forms = base, base, "", []
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def open(self, address: str, data: list[tuple[str, str]] | None = None) -> str:
        """Go there (a POST with `data`), follow redirects, and return the page."""
        url = urllib.parse.urljoin(self.url, address)
        body = None if data is None else urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(url, data=body, headers={"Referer": self.url, "Accept-Language": "en"})
        try:
            with self._opener.open(request, timeout=20) as answer:
                self.url, self.page = answer.geturl(), answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", error.read().decode("utf-8", "replace")))
            raise Refused(f"{request.get_method()} {url}: {error.code} {words[:300]}") from None
        self.forms: list[Form] = forms_of(self.page)
        return self.page

    def submit(self, values: dict[str, str | list[str]] | None = None, *, form: Form | None = None, button: str = "") -> str:
        """Fill in and send a form (default: the first that has all these fields). Choices may be named by their words."""
        values = values or {}
        form = form or self.form_with(*values)
        data = [(name, value) for name, value in form.fields if name not in values]
        for name, wanted in values.items():
            by_words = {words: value for value, words in form.choices.get(name, {}).items()}
            for each in [wanted] if isinstance(wanted, str) else wanted:
                data.append((name, by_words.get(each, each)))
        for name, value, words in form.buttons:
            if button and name and button in (name, value, words):
                data.append((name, value))
        return self.open(form.action or self.url, data)

    def form_with(self, *names: str) -> Form:
        """The first POST form that has these fields."""
        for form in self.forms:
            if form.method == "post" and set(names) <= form.names():
                return form
        raise Refused(f"{self.url} has no form with {', '.join(names)}. {self.words()[:300]}")

    def form_to(self, pattern: str) -> Form | None:
        """The first form whose action matches."""
        return next((form for form in self.forms if re.search(pattern, form.action)), None)

    def words(self) -> str:
        """What a person reads."""
        return re.sub(r"\s+", " ", re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", self.page, flags=re.DOTALL)).strip()
