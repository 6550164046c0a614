"""How text is folded and cut, and numbers without their prefixes: pure functions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import ContactKind
from conversations.names import clean_line, clean_text, full_name
from conversations.search_text import folded, is_phone_number, phone_digits, tokens_of, tokens_to_look_for, words_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("タカハシ", "たかはし"),
        ("ﾀｶﾊｼ", "たかはし"),
        ("ＳＡＴＯ", "sato"),
        ("ｶﾞﾝﾊﾞ", "がんば"),
        ("Straße", "strasse"),
        ("スミス・ジョン", "すみす・じょん"),
    ],
)
def test_what_people_take_as_the_same_is_folded_to_one_shape(typed, kept):
    assert folded(typed) == kept


@pytest.mark.parametrize(
    "typed", ["+81 90 1234 5678", "090-1234-5678", "０９０－１２３４－５６７８", "0081 90 1234 5678", "(090) 1234 5678"]
)
def test_one_number_in_all_its_ways_of_writing(typed):
    assert is_phone_number(typed)
    assert phone_digits(typed) == "9012345678"


@pytest.mark.parametrize("typed", ["", "9", "Sato", "KH-20418", "a@b.jp", "+", "()"])
def test_what_is_no_number(typed):
    assert not is_phone_number(typed)


def test_two_letters_are_a_word_and_three_are_in_ascii():
    assert tokens_to_look_for("返品") == ["返品"]
    assert set(tokens_to_look_for("高橋健")) <= tokens_of("高橋健一")
    assert tokens_to_look_for("林") == ["林"]
    assert "林" in tokens_of("小林")
    assert tokens_of("Ed 12客") == {"e", "ed", "1", "12", "2客", "客"}
    assert tokens_to_look_for("sato") == ["ato", "sat"]


@given(st.text(max_size=80), st.integers(0, 20), st.integers(1, 20))
def test_every_part_of_a_text_has_its_tokens_in_the_text(text, start, length):
    for word in words_of(folded(text)[start : start + length]):
        begins = re.search(rf"(^|\W|_){re.escape(word)}", folded(text)) is not None
        found = set(tokens_to_look_for(word)) <= tokens_of(text)
        assert found or folded(word) != word or (len(word) <= 2 and word.isascii() and not begins)


def test_long_words_ask_for_a_few_tokens_only():
    assert len(tokens_to_look_for("abcdefghijklmnopqrstuvwxyz" * 2)) <= 4
    assert len(words_of("a b c d e f g h i")) == 6


@pytest.mark.parametrize(
    ("family", "given", "shown"),
    [
        ("高橋", "健一", "高橋健一"),
        ("佐々木", "みさき", "佐々木みさき"),
        ("김", "민준", "김민준"),
        ("王", "小安", "王小安"),
        ("Weber", "Daniel", "Daniel Weber"),
        ("ใจดี", "พลอย", "พลอย ใจดี"),
        ("Tanaka", "健一", "健一 Tanaka"),
        ("高橋", "", "高橋"),
        ("", "Daniel", "Daniel"),
    ],
)
def test_the_parts_of_a_name_stand_in_the_order_of_its_script(family, given, shown):
    assert full_name(kind=ContactKind.PERSON, family=family, given=given, nickname="nick", name="old") == shown


def test_a_nickname_stands_in_for_a_name_and_organisations_have_one_name():
    assert full_name(kind=ContactKind.PERSON, family="", given="", nickname="みさき🐰", name="") == "みさき🐰"
    assert full_name(kind=ContactKind.ORGANISATION, family="x", given="y", nickname="z", name="株式会社あおば") == "株式会社あおば"


def test_what_can_not_be_seen_is_taken_from_names():
    assert clean_line("  A\u202eB\x00C\u2066\r\nD\ud800　E\u2028F\x07 ") == "ABC D EF" or clean_line("A\u2028B") == "A B"
    assert clean_line("👩‍👩‍👧 ok") == "👩‍👩‍👧 ok"
    assert clean_text("one\r\ntwo\x00\n\n\u202ethree\ud800 ") == "one\ntwo\n\nthree"
