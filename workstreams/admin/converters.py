"""The URL converter of public identifiers: `<public_id:name>` never swallows a word such as `new` or `queue`."""

from django.urls import register_converter

from workstreams.identifiers import ALPHABET, LENGTH


class PublicIdConverter:
    regex = f"[{ALPHABET}]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PublicIdConverter, "public_id")
