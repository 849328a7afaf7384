"""Files of declarations: columns found by name, cells read or refused by row and column, however they are written."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import datetime

import pytest

from adapters.declarations import MOST_FAULTS, DeclarationFile, DeclarationsRefused, Declared
from adapters.seam import CHINA
from build_declarations import KCS_HEADER, as_csv, kcs_row
from port.diversion.outcomes import Stratum


def read(body: bytes | str) -> tuple[DeclarationFile, list[Declared]]:
    file = DeclarationFile.of_bytes(body.encode() if isinstance(body, str) else body)
    return file, list(file)


def one(**changed: object) -> Declared:
    _, rows = read(as_csv([kcs_row(**changed)]))
    return rows[0]


def fault(**changed: object) -> tuple[int, str, str]:
    file, rows = read(as_csv([kcs_row(), kcs_row(**changed)]))
    assert (len(rows), file.rows, file.skipped) == (1, 2, 1)
    found = file.faults[0]
    assert found.message.zh
    assert found.fix.zh
    assert found.fix.en
    return found.row, found.column, found.message.en


def test_a_row_of_the_customs_layout_becomes_a_declaration_of_one_line():
    row = one()
    assert dict(row.line) == {
        "hs_code": "950300",
        "origin_country": "VN",
        "net_mass_kg": 800.0,
        "declared_value": 42000.0,
        "value_per_kg": 52.5,
    }
    assert dict(row.declared) == {
        "consignee_code": "TOYSHOP1",
        "declarant_code": "BROKER01",
        "supplier_code": "SELLER01",
        "direction": "IMPORT",
        "inspect_at": "PORT",
        "customs_status": "DECLARED",
        "line_count": 1,
        "total_net_mass_kg": 800.0,
        "total_declared_value": 42000.0,
    }
    assert dict(row.container) == {"mode_of_transport": "VESSEL"}
    assert (row.row, row.declaration, row.container_number) == (2, "10000001", "10000001")
    assert (row.found, row.stratum) == (False, Stratum.UNKNOWN)
    assert row.moment == (datetime(2024, 3, 1, tzinfo=CHINA), False)


def test_a_case_of_it_can_be_kept_and_read_back():
    past = one().to_case()
    assert type(past.case).from_json(past.case.to_json()) == past.case


def test_the_columns_nothing_is_made_of_are_told():
    file, _ = read(as_csv([kcs_row()]))
    assert file.unused == (
        "Office ID",
        "Process Type",
        "Import Type",
        "Import Use",
        "Payment Type",
        "Courier ID",
        "Country of Departure",
        "Tax Rate",
        "Tax Type",
        "Country of Origin Indicator",
        "Critical Fraud",
    )


def test_columns_may_stand_in_any_order_and_case():
    header = [name.upper().replace(" ", "_") for name in reversed(KCS_HEADER)]
    row = {name.upper().replace(" ", "_"): value for name, value in kcs_row().items()}
    _, rows = read(as_csv([row], header))
    assert rows[0].line["hs_code"] == "950300"


def test_our_own_layout_calls_its_columns_like_the_facts():
    body = (
        "declaration,date,container,hs_code,origin_country,consignee_credit_grade,has_dangerous_goods,un_numbers,"
        "gross_mass_kg,inspected,found,inspected_because\n"
        'D1,2024-05-06T14:30:00+08:00,CSQU3054383,8507.60,cn,aeo,1,"3480 3481","21,500",yes,no,random\n'
        "D2,2024-05-06 23:10,,850760,,,,,,no,,\n"
    )
    _, (first, second) = read(body)
    assert dict(first.container) == {
        "has_dangerous_goods": True,
        "un_numbers": ("3480", "3481"),
        "gross_mass_kg": 21500.0,
    }
    assert (first.line["hs_code"], first.line["origin_country"]) == ("850760", "CN")
    assert first.declared["consignee_credit_grade"] == "AEO"
    assert (first.container_number, first.stratum, first.found) == ("CSQU3054383", Stratum.RANDOM, False)
    assert first.moment == (datetime(2024, 5, 6, 14, 30, tzinfo=CHINA), True)
    assert (second.container_number, second.stratum, second.found) == ("D2", Stratum.NOT_INSPECTED, None)
    assert second.moment == (datetime(2024, 5, 6, 23, 10, tzinfo=CHINA), True)


def test_chinese_headers_in_gb18030_with_semicolons_and_decimal_commas_are_read():
    header = "报关单号;申报日期;商品编号;原产国;净重;申报价格;收货人;查获\n"
    body = header + "3702;2024/3/1;6802231000;IN;24000,5;18200;厦门石材;是\n"
    _, rows = read(body.encode("gb18030"))
    assert dict(rows[0].line) == {
        "hs_code": "6802231000",
        "origin_country": "IN",
        "net_mass_kg": 24000.5,
        "declared_value": 18200.0,
        "value_per_kg": 18200 / 24000.5,
    }
    assert (rows[0].declared["consignee_code"], rows[0].found) == ("厦门石材", True)


def test_a_packed_file_and_a_byte_order_mark_make_no_difference():
    body = as_csv([kcs_row()])
    plain = read(body)[1]
    assert read(gzip.compress(body.encode()))[1] == plain
    assert read(b"\xef\xbb\xbf" + body.encode())[1] == plain
    assert read(body.replace("\n", "\r\n"))[1] == plain


def test_a_file_can_be_read_twice_and_counts_anew():
    file, first = read(as_csv([kcs_row(), kcs_row(Date="soon")]))
    assert list(file) == first
    assert (file.rows, file.skipped, len(file.faults)) == (2, 1, 1)


@pytest.mark.parametrize("told", ["2024-3-1", "2024/03/01", "20240301", "2024年3月1日", "2024-03-01 00:00:00"])
def test_a_day_may_be_written_in_several_ways(told):
    assert one(Date=told).moment == (datetime(2024, 3, 1, tzinfo=CHINA), False)


@pytest.mark.parametrize(("told", "read_as"), [("71080", "071080"), ("950300.0", "950300"), ("9503.00", "950300")])
def test_an_hs_code_gets_back_what_a_spreadsheet_took(told, read_as):
    assert one(HS6_Code=told).line["hs_code"] == read_as


@pytest.mark.parametrize("silence", ["", " ", "NaN", "null", "N/A", "-"])
def test_a_cell_that_says_nothing_leaves_the_fact_out(silence):
    row = one(Net_Mass=silence, Country_of_Origin=silence, Fraud=silence, Seller_ID=silence)
    assert dict(row.line) == {"hs_code": "950300", "declared_value": 42000.0}
    assert (row.found, row.stratum) == (None, Stratum.NOT_INSPECTED)
    assert "supplier_code" not in row.declared


def test_na_is_a_country():
    assert one(Country_of_Origin="NA").line["origin_country"] == "NA"


def test_a_mass_of_nothing_gives_no_price_per_kg():
    assert "value_per_kg" not in one(Net_Mass="0").line


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"HS6_Code": "95AB00"}, (3, "HS6 Code", "'95AB00' is no HS code.")),
        ({"HS6_Code": "95"}, (3, "HS6 Code", "'95' is no HS code.")),
        ({"Country_of_Origin": "VNM"}, (3, "Country of Origin", "'VNM' is no country code.")),
        ({"Net_Mass": "-3"}, (3, "Net Mass", "'-3' is no net mass.")),
        ({"Net_Mass": "heavy"}, (3, "Net Mass", "'heavy' is no net mass.")),
        ({"Item_Price": "inf"}, (3, "Item Price", "'inf' is no declared value.")),
        ({"Date": "31.12.2024"}, (3, "Date", "'31.12.2024' is no date.")),
        ({"Date": "2024-02-30"}, (3, "Date", "'2024-02-30' is no date.")),
        ({"Date": ""}, (3, "date", "This cell is empty.")),
        ({"Declaration_ID": ""}, (3, "declaration", "This cell is empty.")),
        ({"Fraud": "2"}, (3, "Fraud", "'2' is neither yes nor no.")),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_and_told_by_row_and_column(changed, told):
    assert fault(**changed) == told


def test_a_row_of_another_width_is_left_out():
    body = as_csv([kcs_row()]) + "1,2,3\n"
    file, rows = read(body)
    assert len(rows) == 1
    assert str(file.faults[0]) == (
        "row 3, 4: This row has 3 cells and the header 22. Look for a separator too many, or a quote that does not end."
    )


def test_a_quote_without_an_end_is_told_where_it_begins_with_all_that_it_swallows():
    lines = as_csv(kcs_row(Declaration_ID=number) for number in range(20)).splitlines()
    lines[5] = '"' + lines[5]
    file, rows = read("\n".join(lines))
    assert (len(rows), file.rows, file.skipped) == (4, 20, 16)
    assert str(file.faults[0]).startswith("row 6, 2: What is one row down to line 21 has 1 cells and the header 22.")


def test_rows_without_anything_in_them_do_not_count():
    file, rows = read(as_csv([kcs_row()]) + "\n" + "," * 21 + "\n")
    assert (len(rows), file.rows, file.skipped) == (1, 1, 0)


def test_only_the_first_faults_are_kept_and_all_are_counted():
    file, _ = read(as_csv(kcs_row(Date="soon") for _ in range(MOST_FAULTS + 7)))
    assert (len(file.faults), file.skipped) == (MOST_FAULTS, MOST_FAULTS + 7)


@pytest.mark.parametrize("body", [b"", b"\n", b"a,b,c\n1,2,3\n", b"\x00\x01\x02"])
def test_a_file_without_the_columns_that_are_needed_is_refused_whole(body):
    with pytest.raises(DeclarationsRefused) as refused:
        read(body)
    assert [fault.column for fault in refused.value.faults] == ["declaration", "date"]


def test_a_column_that_stands_there_twice_is_refused():
    with pytest.raises(DeclarationsRefused) as refused:
        read("id,date,hs,hs_code\n1,2024-01-01,950300,950300\n")
    assert [str(fault) for fault in refused.value.faults] == [
        "row 1, hs_code: There is another column of this meaning. Keep one of them."
    ]


def test_a_packed_file_that_breaks_off_is_refused():
    packed = gzip.compress(as_csv(kcs_row(Declaration_ID=number) for number in range(5000)).encode())
    with pytest.raises(DeclarationsRefused, match="cannot be read here"):
        read(packed[: len(packed) // 2])
    with pytest.raises(DeclarationsRefused, match="cannot be read here"):
        read(packed[:20])


def test_utf_16_is_known_by_its_mark():
    body = as_csv([kcs_row()]).replace(",", "\t")
    for charset in ("utf-16", "utf-16-be"):
        mark = "\ufeff".encode("utf-16-be") if charset == "utf-16-be" else b""
        assert [row.declaration for row in read(mark + body.encode(charset))[1]] == ["10000001"]


def test_a_workbook_is_refused_as_one():
    with pytest.raises(DeclarationsRefused, match="Save its sheet as CSV"):
        read(b"PK\x03\x04" + bytes(100))


@pytest.mark.parametrize(
    "never", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "20210231"]
)
def test_a_day_that_cannot_be_meant_is_no_date(never):
    assert fault(Date=never) == (3, "Date", f"'{never}' is no date.")


def test_bytes_of_no_charset_spoil_their_own_row_only():
    body = as_csv([kcs_row(Importer_ID="A"), kcs_row(Declaration_ID=2)]).encode().replace(b",A,", b",\xff\xff,")
    _, rows = read(body)
    assert [row.declaration for row in rows] == ["10000001", "2"]


def test_the_summary_says_what_was_read():
    file, _ = read(as_csv([kcs_row(), kcs_row(Date="2024-06-30"), kcs_row(HS6_Code="x")]))
    told = file.summary()
    assert (told["rows"], told["skipped"], told["from"], told["to"]) == (3, 1, "2024-03-01", "2024-06-30")
    assert told["problems"][0]["fix"] == {"zh": "写 6 至 10 位数字。", "en": "Write 6 to 10 digits."}


def test_however_long_the_file_only_a_little_of_it_is_held():
    rows = (kcs_row(Declaration_ID=number, Item_Price=number, Importer_ID=f"I{number}") for number in range(15_000))
    packed = gzip.compress(as_csv(rows).encode(), compresslevel=1)
    file = DeclarationFile.of_bytes(packed)
    tracemalloc.start()
    try:
        assert sum(1 for _ in file) == 15_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 << 20
