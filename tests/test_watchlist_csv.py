"""Watch lists as CSV: what people's spreadsheets write is read, and what is wrong is said line by line."""

from __future__ import annotations

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.watchlist_csv import BadLine, Unreadable, find_label_fault, guarded, read, write

ONE, TWO = "CSQU3054383", "TGHU2611217"


@pytest.mark.parametrize(
    "body",
    [
        f"{ONE}\n{TWO}\n".encode(),
        f"{ONE}\r\n{TWO}".encode("utf-8-sig"),
        f"{ONE}\n{TWO}\n".encode("utf-16"),
        f"\n  csqu 305438-3 \n\n tghu2611217\n{ONE}\n".encode(),
        f"Equipment Reference\n{ONE}\n{TWO}\n".encode(),
        f"箱号\n{ONE}\n{TWO}\n".encode("gb18030"),
        f'"{ONE}"\n"{TWO}"\n'.encode(),
    ],
    ids=["plain", "mark", "utf-16", "as typed, and twice", "header", "Chinese header", "quoted"],
)
def test_a_list_of_two_containers_is_read_however_it_was_saved(body: bytes):
    assert read(body) == ({ONE: "", TWO: ""}, ())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_labels_stand_in_their_own_column(delimiter: str):
    lines = [["备注", "eta", "箱号"], ["stone, for Lin", "1", ONE], ["", "2", TWO]]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(lines)
    assert read(written.getvalue().encode()) == ({ONE: "stone, for Lin", TWO: ""}, ())


def test_without_a_header_the_second_column_is_the_label():
    assert read(f"{ONE},stone\n{TWO}\n{ONE},\n".encode()) == ({ONE: "stone", TWO: ""}, ())


def test_a_bad_line_is_told_with_its_place_and_what_to_do_and_the_others_are_read():
    found, bad = read(f"container,label\n{ONE},a\nCSQU3054384,b\n\nCSQU305438,c\nhello,d\n".encode())
    assert found == {ONE: "a"}
    assert bad == (
        BadLine(
            "CSQU3054384",
            "line 3",
            "CSQU3054384 has the check digit 4, which does not fit.",
            "Look at the container again: CSQU305438 has the check digit 3 (CSQU3054383).",
        ),
        BadLine("CSQU305438", "line 5", "CSQU305438 has no check digit.", "Send all eleven characters: CSQU3054383."),
        BadLine(
            "hello",
            "line 6",
            "'hello' is not a container number.",
            "Send the owner's three letters, then U, J or Z, then six digits and the check digit, as in CSQU3054383.",
        ),
    )


@pytest.mark.parametrize(
    ("body", "where", "problem"),
    [
        (b"", "line 1", "the file is empty"),
        (b" \r\n \r\n", "line 1", "the file is empty"),
        (b"\x50\x4b\x03\x04\x00\x00\x00", "line 1", "the file is not text"),
        (b"\xff\xfeC", "line 1", "the file is not text"),
        (b"vessel,consignee\nA,B\n", "line 1", "no column holds container numbers"),
        (f'{ONE}\n"{TWO}\n'.encode(), "line 2", "the quotation marks do not close"),
        (b"A1\n" * 10_001, "line 10001", "the file has more than 10000 lines"),
    ],
    ids=["empty", "blank", "a zip", "half a character", "no numbers", "open quotes", "too long"],
)
def test_a_file_that_cannot_be_read_is_refused_whole(body: bytes, where: str, problem: str):
    with pytest.raises(Unreadable) as refused:
        read(body)
    assert (refused.value.where, str(refused.value)) == (where, problem)
    assert refused.value.fix


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_no_cell_that_is_written_begins_like_a_formula_and_a_label_comes_back(label: str):
    body = write([["equipmentReference", "label"], [ONE, label]])
    [_, cells] = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert not cells[1].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    is_changed = label.startswith("'") or guarded(label) != label or find_label_fault(label.strip()) is not None
    assert read(body) == ({ONE: label.strip()}, ()) or is_changed


@pytest.mark.parametrize("label", ["=1+1", "+86 1", "-5", "@SUM(A1)", "'quoted", '=HYPERLINK("x")'])
def test_a_label_like_a_formula_is_written_as_text_and_read_as_it_was(label: str):
    assert read(write([["equipmentReference", "label"], [ONE, label]])) == ({ONE: label}, ())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes):
    with contextlib.suppress(Unreadable):
        found, bad = read(body)
        assert all(len(number) == 11 for number in found)
        assert all(line.fix for line in bad)


def test_a_label_that_is_too_long_is_refused_with_its_line():
    formula = "=" + "y" * 99
    assert read(f"{ONE},{'x' * 101}\n{TWO},'{formula}\n".encode()) == (
        {TWO: formula},
        (BadLine(ONE, "line 1", "the label has over 100 characters.", "Make it shorter.", reason="BAD_VALUE"),),
    )


@pytest.mark.parametrize(
    ("label", "place"),
    [
        ("tea\nCustoms: released", "U+000A as its character 4"), ("tea\rx", "U+000D as its character 4"),
        ("a\tb", "U+0009 as its character 2"), ("a\x1bb", "U+001B as its character 2"),
        ("a\x85b", "U+0085 as its character 2"), ("a\u2028b", "U+2028 as its character 2"),
        ("\u202etxt", "U+202E as its character 1"), ("ab\u2069", "U+2069 as its character 3"),
        ("a\u200fb", "U+200F as its character 2"),
    ],
)  # fmt: skip
def test_a_label_that_breaks_its_line_or_turns_the_text_is_refused_with_its_line(label: str, place: str):
    fix = "Write it in one line, without characters that cannot be seen."
    problem = f"the label has {place}, a line break or a control character."
    found, bad = read(f'{TWO},茶 👩‍🔧\n{ONE},"{label}"\n'.encode())
    assert found == {TWO: "茶 👩‍🔧"}
    assert [(one.value, one.problem, one.fix, one.reason) for one in bad] == [(ONE, problem, fix, "BAD_VALUE")]
    assert bad[0].where in ("line 2", "line 3")


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=;;"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_line_that_names_the_separator_is_read(first: str, end: str):
    lines = [first, "label;container", f"a, b, c;{ONE}", ";hello"]
    found, bad = read(end.join(lines).encode("utf-8-sig"))
    assert found == {ONE: "a, b, c"}
    assert [(one.value, one.where) for one in bad] == [("hello", "line 4")]


def test_a_separator_alone_is_an_empty_list():
    with pytest.raises(Unreadable, match="the file is empty"):
        read(b"sep=,\r\n")
    assert read(f"sep=\t\n{ONE}\tx;y,z".encode()) == ({ONE: "x;y,z"}, ())
    assert read(f"sep=|\n{ONE}|x;y,z".encode()) == ({ONE: "x;y,z"}, ())
