"""The stickers that LINE lets an account send; any other is refused with 400. Package and ranges of ids as LINE publishes them."""

PACKAGES: dict[str, range] = {
    "446": range(1988, 2028),
    "789": range(10855, 10895),
    "1070": range(17839, 17879),
    "6136": range(10551376, 10551400),
    "6325": range(10979904, 10979928),
    "6359": range(11069848, 11069872),
    "6362": range(11087920, 11087944),
    "6370": range(11088016, 11088040),
    "6632": range(11825374, 11825398),
    "8515": range(16581242, 16581266),
    "8522": range(16581266, 16581290),
    "8525": range(16581290, 16581314),
    "11537": range(52002734, 52002774),
    "11538": range(51626494, 51626534),
    "11539": range(52114110, 52114150),
}


def may_be_sent(package_id: str, sticker_id: str) -> bool:
    """Whether LINE takes this sticker from an account."""
    return sticker_id.isdecimal() and len(sticker_id) < 12 and int(sticker_id) in PACKAGES.get(package_id, range(0))
