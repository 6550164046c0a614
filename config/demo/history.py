"""What happened in the demo's shop before you came: two weeks of conversations, each kind of bubble and each state once.

It happens for real, through the simulator, the worker and the product's own actions, and is then moved into the past.
"""

from config.demo import stage
from config.demo.past import befriended, move_back
from config.demo.shop import A_ZHE, AOBA, DANIEL, EMMA, MISAKI, PLOY, RETURNS, SAKURA, TAKAHASHI, TAMURA, XIAO_AN
from config.models import Pulse
from conversations import contacts, lifecycle, linking, notes, transfers
from conversations.models import Conversation
from workstreams.clock import Now
from workstreams.models import Queue

MINUTE, HOUR, DAY = 60, 3600, 86400


def play() -> None:
    """Play all of it once; a run that was cut off goes on with the scene that is missing.

    What an earlier version of the demo told stays as it is: later scenes need a shop that was set up for them.
    """
    names = [f"scene {scene.__name__}" for scene in SCENES]
    told = set(Pulse.objects.filter(name__startswith="scene ").values_list("name", flat=True))
    if told == set(names[: len(told)]):
        for scene, name in list(zip(SCENES, names, strict=True))[len(told) :]:
            scene()
            Pulse.objects.create(name=name, at=Now())
    stage.everybody_leaves()


def takahashi_asks_for_a_receipt() -> None:
    """Closed, thirteen days ago; the contact was made then."""
    first = stage.writes(TAKAHASHI, "注文番号 KH-20377 の領収書を発行していただけますか。")
    stage.takes("alice", first)
    contact = linking.create_contact_for(conversation_id=first.pk, actor=stage.person("alice"))
    known = {
        "family_name": "高橋",
        "given_name": "健一",
        "phonetic_family_name": "タカハシ",
        "phonetic_given_name": "ケンイチ",
        "mail": "kenichi@aoba.example.com",
        "organisation": "株式会社あおば",
    }
    contacts.save_contact(contact_id=contact.pk, actor=stage.person("alice"), raw=known, version=contact.version)
    stage.lets_time_pass(first)
    stage.answers("alice", first, "高橋様、お問い合わせありがとうございます。領収書をお送りします。", files=["receipt.pdf"])
    stage.writes(TAKAHASHI, {"type": "sticker", "packageId": "11537", "stickerId": "52002735", "keywords": ["ありがとう"]})
    lifecycle.end_conversation(conversation_id=first.pk, actor=stage.person("alice"))
    Conversation.objects.filter(pk=first.pk, state="wrap_up").update(state_changed_at="2020-01-01T00:00:00Z")
    lifecycle.close_finished_wrap_ups()
    stage.wait_for("a conversation to be closed", lambda: stage.is_over(first))
    move_back(first, 13 * DAY, spread=4 * MINUTE)


def takahashi_wants_another_name() -> None:
    """With Alice: a message taken back, a card with a PDF, and a bubble that LINE refused."""
    again = stage.writes(TAKAHASHI, "領収書の宛名を『株式会社あおば』に変更できますか", "間違えました")
    stage.takes_back(TAKAHASHI, "間違えました")
    stage.takes("alice", again)
    notes.add_note(conversation=again, actor=stage.person("alice"), text="経理に確認済み。再発行は一回まで。", client_id="demo")
    stage.answers("alice", again, "はい、宛名を変更した領収書をお送りします。", files=["receipt.pdf"])
    words = {"message": "The request body has 1 error(s)", "details": [{"message": "May not be empty", "property": "messages[0].text"}]}
    for endpoint in ("reply", "push"):
        stage.at_line("/sim/faults", {"endpoint": endpoint, "kind": "status", "status": 400, "body": words, "times": 1})
    stage.answers("alice", again, "他にご不明な点はございますか。")
    for fault in stage.at_line("/sim/faults")["faults"]:
        stage.remove_fault(fault["fault_id"])
    move_back(again, 5 * HOUR, spread=3 * MINUTE)


def ploy_waits_for_her_parcel() -> None:
    """Active with Bob: a sticker and a place."""
    conversation = stage.writes(
        PLOY,
        "สวัสดีค่ะ สั่งของไปตั้งแต่วันจันทร์ ยังไม่ได้เลขพัสดุเลยค่ะ รบกวนเช็กให้หน่อยนะคะ 🙏",
        {"type": "sticker", "packageId": "11537", "stickerId": "52002734", "keywords": ["please"]},
        {"type": "location", "title": "ที่ส่งของ", "address": "ถนนตัวอย่าง กรุงเทพฯ", "latitude": 13.7466, "longitude": 100.5347},
    )
    stage.accepts("bob", stage.is_offered("bob", conversation))
    stage.answers("bob", conversation, "ขอเช็กกับขนส่งสักครู่นะคะ")
    move_back(conversation, 2 * HOUR, spread=2 * MINUTE)


def xiao_an_changes_the_delivery() -> None:
    """Waiting for the customer: Bob has asked back."""
    conversation = stage.writes(XIAO_AN, "您好，訂單 KH-20418 想改成超商取貨，還來得及嗎？")
    stage.accepts("bob", stage.is_offered("bob", conversation))
    stage.lets_time_pass(conversation)
    stage.answers("bob", conversation, "可以的，請問要改到哪一家門市呢？")
    lifecycle.wait_for_customer(conversation_id=conversation.pk, actor=stage.person("bob"))
    move_back(conversation, 26 * HOUR, spread=5 * MINUTE)


def daniel_was_charged_twice() -> None:
    """Transferred, with a journal worth reading."""
    conversation = stage.writes(
        DANIEL, "I was charged twice for KH-20397 (¥4,980 each). Statement attached.", stage.document("statement.pdf")
    )
    stage.misses("dana", stage.is_offered("dana", conversation))
    stage.accepts("charlie", stage.is_offered("charlie", conversation))
    stage.lets_time_pass(conversation)
    stage.answers("charlie", conversation, "Thank you, Daniel. I see both charges and am passing this on to our returns team.")
    note = "Both charges are real. Refund one of them; he has sent the statement."
    notes.add_note(conversation=conversation, actor=stage.person("charlie"), text=note, client_id="demo")
    returns = Queue.objects.get(name=RETURNS)
    transfers.transfer_to_queue(conversation_id=conversation.pk, queue_id=returns.pk, actor=stage.person("charlie"))
    stage.assigns("sue", "charlie", conversation)
    move_back(conversation, 4 * DAY, spread=6 * MINUTE)


def aoba_orders_teacups() -> None:
    """A group, with Alice: three people, one of whom LINE doesn't name, and a message that was changed afterwards."""
    wish = "創立記念に、湯のみを30個お願いしたいです。名入れはできますか？"
    stage.writes(SAKURA, "お世話になっております。あおば総務部です。", among=AOBA)
    conversation = stage.writes(TAKAHASHI, wish, among=AOBA)
    stage.writes(SAKURA, "来月の初めまでに届くと助かります", among=AOBA)
    stage.writes(TAMURA, "領収書は一枚でお願いします", among=AOBA)
    stage.edits(TAKAHASHI, wish, "創立記念に、湯のみを40個お願いしたいです。名入れはできますか？", among=AOBA)
    stage.takes("alice", conversation)
    stage.lets_time_pass(conversation)
    stage.answers("alice", conversation, "名入れも承ります。40個でしたら、来月の3日にお届けできます。領収書は一枚にまとめます。")
    stage.writes(SAKURA, "ありがとうございます！みんなで相談してお返事します🍵", among=AOBA)
    move_back(conversation, 3 * HOUR, spread=4 * MINUTE)


def emma_is_helped_elsewhere() -> None:
    """With Bob, to read along: a gift assistant of the shop has taken the chat at LINE."""
    conversation = stage.writes(EMMA, "Hi! Do you ship the matcha set to Canada?")
    stage.accepts("bob", stage.is_offered("bob", conversation))
    stage.lets_time_pass(conversation)
    stage.answers("bob", conversation, "We do! It takes five to seven days. Shall we wrap it as a gift?")
    stage.another_tool_takes(EMMA)
    stage.writes(EMMA, "Yes please 🎁 Your gift assistant is helping me choose the paper right now.")
    move_back(conversation, 50 * MINUTE, spread=2 * MINUTE)


def a_zhe_got_the_wrong_colour() -> None:
    """Open in Taiwan and Thailand: three photos as one set."""
    conversation = stage.sends_pictures(A_ZHE, "bag-1.jpg", "bag-2.jpg", "bag-3.jpg")
    stage.writes(A_ZHE, "收到的顏色不對，我訂的是藍色")
    move_back(conversation, 25 * MINUTE, spread=20)


def misaki_s_teapot_is_broken() -> None:
    """Open in Returns, a moment ago: whoever is Alice now is offered it."""
    stage.writes(MISAKI, "先週注文した急須が割れて届きました。写真を送ります。", stage.picture("teapot.jpg"), "交換をお願いできますか？")


SCENES = (
    takahashi_asks_for_a_receipt,
    takahashi_wants_another_name,
    ploy_waits_for_her_parcel,
    xiao_an_changes_the_delivery,
    daniel_was_charged_twice,
    aoba_orders_teacups,
    emma_is_helped_elsewhere,
    a_zhe_got_the_wrong_colour,
    misaki_s_teapot_is_broken,
    befriended,
)
