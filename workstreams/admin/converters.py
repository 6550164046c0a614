"""The URL converter of public identifiers: `<public_id:name>` never swallows a word such as `new` or `queue`."""

from django.urls import register_converter


class PublicIdConverter:
    regex = "[2-9a-z]{14}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PublicIdConverter, "public_id")
