"""Files of declarations of our own making, in the layout the Korea Customs Service publishes, and in ours."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

KCS_HEADER = (
    "Declaration ID",
    "Date",
    "Office ID",
    "Process Type",
    "Import Type",
    "Import Use",
    "Payment Type",
    "Mode of Transport",
    "Declarant ID",
    "Importer ID",
    "Seller ID",
    "Courier ID",
    "HS6 Code",
    "Country of Departure",
    "Country of Origin",
    "Tax Rate",
    "Tax Type",
    "Country of Origin Indicator",
    "Net Mass",
    "Item Price",
    "Fraud",
    "Critical Fraud",
)
PLAIN = {
    "Declaration ID": "10000001",
    "Date": "2024-03-01",
    "Office ID": "10",
    "Process Type": "B",
    "Import Type": "11",
    "Import Use": "21",
    "Payment Type": "11",
    "Mode of Transport": "10",
    "Declarant ID": "BROKER01",
    "Importer ID": "TOYSHOP1",
    "Seller ID": "SELLER01",
    "Courier ID": "",
    "HS6 Code": "950300",
    "Country of Departure": "VN",
    "Country of Origin": "VN",
    "Tax Rate": "8.0",
    "Tax Type": "A",
    "Country of Origin Indicator": "E",
    "Net Mass": "800.0",
    "Item Price": "42000.0",
    "Fraud": "0",
    "Critical Fraud": "0",
}


def kcs_row(**changed: object) -> dict[str, str]:
    """One row, plain unless told otherwise; spaces in names are underscores."""
    return {**PLAIN, **{name.replace("_", " "): str(value) for name, value in changed.items()}}


def as_csv(
    rows: Iterable[Mapping[str, str]], header: Sequence[str] = KCS_HEADER, delimiter: str = ",", head: bool = True
) -> str:
    """The rows as CSV text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, delimiter=delimiter, lineterminator="\n", extrasaction="ignore")
    if head:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """The rows as a file, packed when its name says so."""
    body = as_csv(rows).encode()
    path.write_bytes(gzip.compress(body) if path.suffix == ".gz" else body)
    return path


def season(start: date, count: int, *, first_id: int) -> list[dict[str, str]]:
    """Ten declarations a day of ten kinds of goods; of one kind all are caught, of another every third."""
    goods = [("640399", "VN"), ("950300", "CN"), ("220421", "FR"), ("851712", "CN"), ("870899", "JP")]
    goods += [("392690", "KR"), ("611020", "BD"), ("090111", "BR"), ("300490", "DE"), ("711719", "CN")]
    rows = []
    for number in range(count):
        hs_code, origin = goods[number % 10]
        is_caught = number % 10 == 3 or (number % 10 == 7 and number // 10 % 3 == 0)
        rows.append(
            kcs_row(
                Declaration_ID=first_id + number,
                Date=start + timedelta(days=number // 10),
                HS6_Code=hs_code,
                Country_of_Origin=origin,
                Net_Mass=100 + number % 10,
                Item_Price=1000 + number % 10 * 7,
                Importer_ID=f"IMPORTER{number % 13}",
                Fraud=int(is_caught),
                Critical_Fraud=0,
            )
        )
    return rows
