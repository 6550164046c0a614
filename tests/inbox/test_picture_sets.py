"""Several pictures that a customer sent at once are one grid, in the sender's order, however they came."""

import itertools

import pytest

from conversations.inbox.thread import read_thread
from conversations.models import Message
from tests import builders

pytestmark = pytest.mark.django_db


def picture(conversation, index, *, number="S", total=3, seconds_ago=60.0, **extra):
    data = {"set": {"id": number, "index": index, "total": total}}
    return builders.inbound_message(conversation, "", kind="image", data=data, seconds_ago=seconds_ago, **extra)


def grids(conversation):
    return [[cell.message.data["set"]["index"] for cell in line.grid] or line.words for line in read_thread(conversation).lines]


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_a_set_is_shown_in_its_order(alices_work, order):
    Message.objects.all().delete()
    for place, index in enumerate(order):
        picture(alices_work, index, seconds_ago=60 - place)

    assert grids(alices_work) == [[1, 2, 3]]


def test_words_between_the_pictures_do_not_split_their_set(alices_work):
    Message.objects.all().delete()
    picture(alices_work, 2, seconds_ago=60)
    builders.inbound_message(alices_work, "まだあります", seconds_ago=50)
    picture(alices_work, 1, seconds_ago=40)

    assert grids(alices_work) == [[1, 2], "まだあります"]


def test_pictures_whose_place_line_does_not_tell_come_last(alices_work):
    Message.objects.all().delete()
    for index in (0, 1, 0):
        picture(alices_work, index, total=0)

    assert grids(alices_work) == [[1, 0, 0]]


def test_two_sets_and_two_senders_are_kept_apart(alices_work):
    Message.objects.all().delete()
    picture(alices_work, 1, number="A")
    picture(alices_work, 1, number="B")
    other = builders.profile(alices_work.channel.account)
    Message.objects.filter(pk=picture(alices_work, 2, number="A").pk).update(sender_profile=other)

    assert grids(alices_work) == [[1], [1], [2]]
