"""Commands behind the slash: those that one may use here, after the quick replies."""

import pytest


def menu(script, person, conversation, query=""):
    return script(person).get(f"/inbox/{conversation.public_id}/quick-replies/", {"q": query}).content.decode()


def test_the_agent_finds_what_can_be_done(script, alices_work, alice):
    page = menu(script, alice, alices_work)

    assert [name for name in ("note", "file", "sticker", "transfer", "wait", "end") if f'id="slash-command-{name}"' in page] == [
        "note",
        "sticker",
        "transfer",
        "wait",
        "end",
    ]


def test_each_command_clicks_a_button_that_is_there(script, browser, alices_work, alice):
    page = browser(alice).get(f"/inbox/{alices_work.public_id}/").content.decode()

    for button in ("note-mode", "open-stickers", "act-transfer", "act-wait", "act-end"):
        assert f'data-clicks="{button}"' in menu(script, alice, alices_work)
        assert f'id="{button}"' in page


@pytest.mark.parametrize(("typed", "found"), [("tr", ["transfer"]), ("colleagues", ["note"]), ("xyz", [])])
def test_what_is_typed_chooses(script, alices_work, alice, typed, found):
    page = menu(script, alice, alices_work, typed)

    assert [name for name in ("note", "transfer", "end") if f"/{name}</code>" in page] == found


def test_who_reads_along_has_no_commands(script, alices_work, bob):
    assert "slash-command" not in menu(script, bob, alices_work)
