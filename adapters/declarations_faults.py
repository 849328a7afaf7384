"""What is wrong with a file of declarations as a whole, or with a row of it, in both languages."""

from __future__ import annotations

from adapters.declarations_cells import CellFault, Told, Wrong

EMPTY = Wrong(
    Told("这一格是空的。", "This cell is empty."), Told("请填写。", "Fill it in: without it the row says nothing.")
)


NO_TABLE = CellFault(
    1,
    "1",
    Told("这是工作簿（.xlsx）或压缩包，不是 CSV。", "This is a workbook (.xlsx) or an archive, and no CSV."),
    Told("请另存为 CSV（UTF-8），可用 gzip 压缩。", "Save its sheet as CSV (UTF-8); it may be packed by gzip."),
)


def uneven(row: int, lines: int, cells: int, width: int) -> CellFault:
    """A row with more or fewer cells than the header, or several that a quote made one."""
    zh, en = "", "This row"
    if lines > 1:
        zh, en = f"第 {row} 至 {row + lines - 1} 行连成了一行。", f"What is one row down to line {row + lines - 1}"
    return CellFault(
        row,
        str(min(cells, width) + 1),
        Told(f"{zh}这一行有 {cells} 格，表头有 {width} 格。", f"{en} has {cells} cells and the header {width}."),
        Told("检查分隔符和引号。", "Look for a separator too many, or a quote that does not end."),
    )


def broken_at(row: int, fault: Exception) -> CellFault:
    """Where the file ends too early, or is none."""
    return CellFault(
        row,
        "1",
        Told(f"文件在此处无法读取（{fault}）。", f"The file cannot be read here ({fault})."),
        Told("请重新导出后再传。", "Export it again, and send all of it."),
    )
