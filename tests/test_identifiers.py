from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso6346

from events.identifiers import (
    IdentifierInvalid,
    SearchKind,
    check_digit,
    detect,
    is_old_size_type,
    parse_container_number,
    parse_declaration_number,
    parse_imo_number,
    parse_postal_item,
    parse_size_type,
    parse_un_location_code,
    parse_uscc,
    s10_check_digit,
)

owners = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
numbers = st.builds(
    lambda owner, kind, n: f"{owner}{kind}{n:06d}", owners, st.sampled_from("UJZ"), st.integers(0, 999999)
)


@pytest.mark.parametrize("written", ["CSQU3054383", "csqu3054383", " CSQU 305438-3 ", "CSQU–305438.3", "csqu/305438_3"])
def test_a_container_number_is_read_however_people_write_it(written):
    assert parse_container_number(written) == "CSQU3054383"


@given(numbers)
def test_the_check_digit_is_the_one_python_stdnum_finds(number):
    whole = f"{number}{check_digit(number)}"
    assert iso6346.is_valid(whole)
    assert parse_container_number(whole) == whole


def test_a_remainder_of_ten_is_written_as_zero():
    assert parse_container_number("XMLU0000030") == "XMLU0000030"


@given(numbers, st.integers(1, 9))
def test_a_wrong_check_digit_is_refused_and_the_right_one_named(number, off_by):
    right = check_digit(number)
    with pytest.raises(IdentifierInvalid) as raised:
        parse_container_number(f"{number}{(right + off_by) % 10}")
    assert f"({number}{right})" in raised.value.fix


@pytest.mark.parametrize(
    ("written", "problem", "fix"),
    [
        (
            "CSQU3054384",
            "CSQU3054384 has the check digit 4, which does not fit.",
            "Look at the container again: CSQU305438 has the check digit 3 (CSQU3054383).",
        ),
        ("CSQU305438", "CSQU305438 has no check digit.", "Send all eleven characters: CSQU3054383."),
        (
            "WXYZ76543211",
            "'WXYZ76543211' is not a container number.",
            "Send the owner's three letters, then U, J or Z, then six digits and the check digit, as in CSQU3054383.",
        ),
    ],
)
def test_a_wrong_container_number_says_what_to_send_instead(written, problem, fix):
    with pytest.raises(IdentifierInvalid) as raised:
        parse_container_number(written)
    assert (raised.value.problem, raised.value.fix) == (problem, fix)


@pytest.mark.parametrize("written", ["", "CSQX3054383", "ＣＳＱＵ3054383", "CSQU３054383", "CSQU305438३", "\x00"])
def test_only_plain_letters_and_digits_make_a_container_number(written):
    with pytest.raises(IdentifierInvalid):
        parse_container_number(written)


@given(st.text(max_size=40))
def test_no_text_makes_a_parser_fail_in_another_way(text):
    parsers = (
        parse_container_number,
        parse_imo_number,
        parse_un_location_code,
        parse_uscc,
        parse_declaration_number,
        parse_postal_item,
        parse_size_type,
    )
    for parse in parsers:
        with suppress(IdentifierInvalid):
            assert parse(parse(text)) == parse(text)


@pytest.mark.parametrize("written", ["9074729", "IMO 9074729", "imo9074729", "IMO:9074729"])
def test_an_imo_number_is_seven_digits(written):
    assert parse_imo_number(written) == "9074729"


def test_an_imo_number_with_a_wrong_check_digit_names_the_right_one():
    with pytest.raises(IdentifierInvalid, match="907472 has the check digit 9"):
        parse_imo_number("9074728")


def test_a_un_location_code_is_checked_for_form_only():
    assert parse_un_location_code("cn xmn") == "CNXMN"
    assert parse_un_location_code("ZZ999") == "ZZ999"
    with pytest.raises(IdentifierInvalid, match="CNXM0"):
        parse_un_location_code("CNXM0")


def test_a_unified_social_credit_code_has_a_check_character():
    assert parse_uscc("9135 0200 MA0EGGT001") == "91350200MA0EGGT001"
    with pytest.raises(IdentifierInvalid, match="not a Unified Social Credit Code"):
        parse_uscc("91350200MA0EGGT002")


def test_a_declaration_number_has_eighteen_digits():
    assert parse_declaration_number("3711 2026 1001 234567") == "371120261001234567"
    with pytest.raises(IdentifierInvalid, match="seqNo"):
        parse_declaration_number("37112026100123456")


@pytest.mark.parametrize(("serial", "digit"), [("12345678", 5), ("47308815", 4), ("00000000", 5), ("00000008", 0)])
def test_the_s10_check_digit_weighs_8_6_4_2_3_5_9_7(serial, digit):
    assert s10_check_digit(serial) == digit
    assert parse_postal_item(f"ee{serial}{digit}cn") == f"EE{serial}{digit}CN"


def test_a_postal_item_with_a_wrong_digit_names_the_right_one():
    with pytest.raises(IdentifierInvalid, match="EE123456785CN"):
        parse_postal_item("EE123456789CN")


def test_a_domestic_item_number_has_no_check_digit():
    assert parse_postal_item("1234567890123") == "1234567890123"


@pytest.mark.parametrize(
    ("code", "is_old"), [("22G1", False), ("L5G1", False), ("45r1", False), ("4300", True), ("0000", True)]
)
def test_size_and_type_codes_of_1984_are_told_from_todays(code, is_old):
    assert is_old_size_type(parse_size_type(code)) is is_old


def test_a_size_and_type_code_has_four_characters():
    with pytest.raises(IdentifierInvalid, match="22G1"):
        parse_size_type("22G")


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("CSQU3054383", SearchKind.CONTAINER),
        ("csqu 305438 4", SearchKind.CONTAINER),
        ("CSQU305438", SearchKind.CONTAINER),
        ("COSU6123456780", SearchKind.BILL_OF_LADING),
        ("371120261001234567", SearchKind.DECLARATION),
        ("0b9d6a3e-5c1f-8d20-9e4b-1f2a3c4d5e6f", SearchKind.VISIT),
        ("9074729", SearchKind.VESSEL),
        ("IMO 9074729", SearchKind.VESSEL),
        ("BQAX7", SearchKind.VESSEL),
        ("Egret Island", SearchKind.VESSEL),
        ("E263500123450001", SearchKind.CERTIFICATE),
        ("26C3502A1234/00001", SearchKind.CERTIFICATE),
        ("EE123456785CN", SearchKind.PARCEL),
        ("1234567890123", SearchKind.PARCEL),
        ("", SearchKind.UNKNOWN),
        ("12", SearchKind.UNKNOWN),
        ("查一下", SearchKind.UNKNOWN),
    ],
)
def test_the_search_box_knows_what_was_typed(typed, kind):
    assert detect(typed) is kind
