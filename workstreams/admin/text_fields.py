"""Texts in several languages, as a part of a form: one field a language, of which those that are filled in are kept."""

from collections.abc import Mapping
from typing import Any

from django import forms

from workstreams.languages import LANGUAGES

from .pages import ConsoleForm, text_area

LONGEST_TEXT = 2000


class TextsForm(ConsoleForm):
    """Call `add_texts` when the form is made, and `filled_texts` when it is cleaned."""

    def add_texts(self, texts: Mapping[str, str]) -> None:
        for code, language in LANGUAGES:
            widget = text_area(rows=3)
            widget.attrs["lang"] = code
            self.fields[f"text_{code}"] = forms.CharField(
                label=language, required=False, max_length=LONGEST_TEXT, initial=texts.get(code, ""), widget=widget
            )

    def filled_texts(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The texts by language."""
        return {code: text for code, _name in LANGUAGES if (text := (values.get(f"text_{code}") or "").strip())}

    def is_shown(self, field: forms.BoundField) -> bool:
        """Whether a text is shown at once: those that are there or wrong."""
        return bool(field.value() or field.errors)

    @property
    def texts_first(self) -> list[forms.BoundField]:
        """The texts that are shown at once."""
        return [field for field in self._texts() if self.is_shown(field)]

    @property
    def texts_more(self) -> list[forms.BoundField]:
        """The others."""
        return [field for field in self._texts() if not self.is_shown(field)]

    def _texts(self) -> list[forms.BoundField]:
        return [self[f"text_{code}"] for code, _name in LANGUAGES]
