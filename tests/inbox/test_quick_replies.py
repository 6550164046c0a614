"""Quick replies: who keeps which, and what is found behind the slash."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse

from conversations import quick_replies
from conversations.models import Contact, Conversation, QuickReply
from tests import builders


def kept(slug, *, owner=None, title="", text="Thank you.", **more):
    reply = QuickReply(owner=getattr(owner, "user", owner))
    return quick_replies.save_quick_reply(reply=reply, slug=slug, title=title or slug.capitalize(), text=text, **more)


def form(**values):
    return {"title": "Thanks", "slug": "thanks", "text": "Thank you.", "language": "", "tags": ""} | values


@pytest.fixture
def slugs(script, alices_work):
    """The short names that the menu shows to somebody, in their order."""

    def shown(person, query=""):
        page = script(person).get(reverse("inbox:quick_reply_menu", args=[alices_work.public_id]), {"q": query})
        assert page.status_code == 200
        return [reply.slug for reply, _text in page.context["options"]]

    return shown


def test_the_menu_holds_everybodys_and_ones_own(slugs, alice, bob):
    kept("thanks")
    kept("mine", owner=alice)
    kept("his", owner=bob)

    assert slugs(alice) == ["mine", "thanks"]


@pytest.mark.parametrize("query", ["koukan", "KOU", "こうかん", "コウカン", "ｺｳｶﾝ", "交換品", "返品", "koukan 交換"])
def test_it_is_found_by_name_title_text_and_tags_in_any_width_and_kana(slugs, alice, query):
    kept("koukan", title="こうかんのご案内", text="交換品をお送りします。", tags="返品, 破損")
    kept("hello")

    assert slugs(alice, query) == ["koukan"]


def test_what_is_typed_is_never_a_pattern(slugs, alice):
    kept("thanks", text="100 % & <b>")

    assert slugs(alice, "%") == ["thanks"]
    assert slugs(alice, "_") == []
    assert slugs(alice, "x" * 500) == []


def test_the_customers_language_comes_first_then_any_then_others(slugs, alice, customer):
    kept("a-spanish", language="es")
    kept("b-any")
    kept("c-japanese", language="ja")
    Conversation.objects.update(language="ja-JP")

    assert slugs(alice) == ["c-japanese", "b-any", "a-spanish"]


def test_a_name_that_begins_so_comes_before_a_text_that_holds_it(slugs, alice):
    kept("aa", text="thanks for waiting")
    kept("thanks")

    assert slugs(alice, "tha") == ["thanks", "aa"]


def test_those_of_other_workstreams_stay_away(slugs, alice, workstream, everyone):
    other = builders.workstream(fallback_queue=everyone, name="Other")
    kept("ours", workstreams=[workstream])
    kept("both", workstreams=[workstream, other])
    kept("theirs", workstreams=[other])

    assert slugs(alice) == ["both", "ours"]


def test_the_menu_is_capped_and_costs_the_same_for_many(script, alices_work, alice, django_assert_max_num_queries):
    client, address = script(alice), reverse("inbox:quick_reply_menu", args=[alices_work.public_id])
    for number in range(45):
        kept(f"n{number}", owner=alice if number % 2 else None)

    with django_assert_max_num_queries(7):
        page = client.get(address)

    assert page.content.decode().count('class="slash-option"') == 20


def test_names_are_filled_in_and_shown_harmless(script, alices_work, alice, customer):
    customer.display_name = "みさき <b>{agent}</b>"
    customer.save()
    kept("hello", text="{customer}様、{agent}です。{other}")

    page = script(alice).get(reverse("inbox:quick_reply_menu", args=[alices_work.public_id])).content.decode()

    assert 'data-insert="みさき &lt;b&gt;{agent}&lt;/b&gt;様、Aliceです。{other}"' in page


def test_the_contacts_name_is_used_and_our_own_name_never(alices_work, alice, customer):
    customer.own_name = "Difficult customer"
    customer.display_name = ""
    customer.save()
    alices_work.refresh_from_db()

    assert quick_replies.filled("{customer}様", conversation=alices_work, person=alice.user) == "{customer}様"
    customer.contact = Contact.objects.create(kind="person", name="佐藤 美咲")
    assert quick_replies.filled("{customer}様", conversation=_with(alices_work, customer), person=alice.user) == "佐藤 美咲様"


def _with(conversation, profile):
    conversation.profile = profile
    return conversation


def test_strangers_to_a_conversation_get_no_menu_of_it(script, alices_work, charlie):
    assert script(charlie).get(reverse("inbox:quick_reply_menu", args=[alices_work.public_id])).status_code == 404


# --- Keeping them -------------------------------------------------------------------------------------


def test_an_agent_keeps_changes_and_deletes_their_own(browser, alice):
    client = browser(alice)
    client.post(reverse("inbox:quick_reply_new"), form(slug="ありがとう ございます", tags="a、b, a"))
    reply = QuickReply.objects.get()
    assert (reply.owner, reply.slug, reply.tags) == (alice.user, "ありがとう-ございます", "a, b")

    client.post(reverse("inbox:quick_reply", args=[reply.public_id]), form(text="Many thanks."))
    assert QuickReply.objects.get().text == "Many thanks."
    assert "Many thanks." in client.get(reverse("inbox:quick_replies")).content.decode()

    client.post(reverse("inbox:quick_reply_delete", args=[reply.public_id]))
    assert not QuickReply.objects.exists()


def test_only_supervisors_keep_the_shared_ones(browser, alice, sue, root):
    new = reverse("inbox:quick_reply_new") + "?shared=1"
    assert browser(alice).post(new, form()).status_code == 404
    browser(sue).post(new, form())
    reply = QuickReply.objects.get()
    address = reverse("inbox:quick_reply", args=[reply.public_id])

    assert reply.owner is None
    assert browser(alice).post(address, form(text="Hacked")).status_code == 404
    assert browser(alice).post(address + "delete/").status_code == 404
    assert browser(root).post(address, form(text="Better.")).status_code == 302
    assert QuickReply.objects.get().text == "Better."


def test_nobody_touches_the_ones_of_others(browser, alice, bob, root):
    reply = kept("mine", owner=alice)
    address = reverse("inbox:quick_reply", args=[reply.public_id])

    for other in (bob, root):
        assert browser(other).get(address).status_code == 404
        assert browser(other).post(address, form()).status_code == 404
        assert browser(other).post(address + "delete/").status_code == 404


def test_a_name_is_taken_once_per_owner(browser, alice, bob):
    kept("thanks")
    kept("thanks", owner=bob)
    browser(alice).post(reverse("inbox:quick_reply_new"), form())

    answer = browser(alice).post(reverse("inbox:quick_reply_new"), form(slug="ＴＨＡＮＫＳ"))

    assert "already" in answer.content.decode()
    assert QuickReply.objects.count() == 3
    with pytest.raises(ValidationError):
        kept("thanks")
    with pytest.raises(IntegrityError):
        QuickReply.objects.create(slug="thanks", title="x", text="x")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"slug": "  / "}, "slug"),
        ({"title": ""}, "title"),
        ({"text": " \n "}, "text"),
        ({"text": "x" * 5001}, "text"),
        ({"language": "xx"}, "language"),
        ({"workstreams": [99]}, "workstreams"),
    ],
)
def test_what_is_wrong_is_said_beside_its_input(browser, alice, values, field):
    answer = browser(alice).post(reverse("inbox:quick_reply_new"), form(**values))

    assert field in answer.context["form"].errors
    assert not QuickReply.objects.exists()


def test_hostile_words_are_shown_harmless(browser, alice):
    kept("x", owner=alice, title="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")

    page = browser(alice).get(reverse("inbox:quick_replies")).content.decode()

    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
