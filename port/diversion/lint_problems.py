"""What `checks` and `limits` refuse, said in Chinese as well: their messages are written once, in English."""

from __future__ import annotations

import re

from port.diversion.facts import CATALOGUE
from port.diversion.sentence import Sentence

_NAMES = {spec.en: spec.zh for spec in CATALOGUE}
_CHINESE = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"another row has this id", "已有另一行使用此编号"),
        (r"another (?:list|lane|site|term) has this (?:name|route|code|fact)", "与另一项重复"),
        (r"is kept for the default row, the draw and the top-up", "此编号留给默认行、随机抽查和补足查验"),
        (r"a row without conditions would hide every row below it", "没有条件的行会遮住下面所有的行"),
        (r"is no fact of the catalogue", "目录中没有此事实"),
        (r"(\w+) cannot be asked of a (\w+)", "{0} 不能用于 {1} 类事实"),
        (r"needs a value or a list, and only one of them", "须有一个值或一个名单，且只能有其一"),
        (r"there is no list (.*)", "没有名单 {0}"),
        (r"a list of (\w+) cannot be compared with (.+)", "{0} 类名单不能与“{1}”比较"),
        (r"needs true or false", "须为是或否"),
        (r"needs two numbers, from and to", "须为起止两个数"),
        (r"from (\S+) is more than to (\S+)", "起点 {0} 大于终点 {1}"),
        (r"needs at least one value", "至少须有一个值"),
        (r"(.+) cannot be asked by its beginning", "“{0}”不能按开头比较"),
        (r"is empty", "名单为空"),
        (r"(.+) stands there twice", "{0} 重复出现"),
        (r"(.+) does not belong in a list of (\w+)", "{0} 不应出现在 {1} 类名单中"),
        (r"what no row speaks of may not be released", "默认行不得放行"),
        (r"a draw for INSPECTION changes nothing there", "此去向不需随机抽查"),
        (r"the random rate is a share from 0 to 1", "随机抽查比例须在 0 至 1 之间"),
        (r"the expected rate is a share from the random rate to 1", "预期查验比例须在随机抽查比例与 1 之间"),
        (r"the top-up begins at a number", "补足查验的风险线须为数值"),
        (r"a top-up needs a risk score to go by", "补足查验须有风险项"),
        (r"serves one or more of INSPECTION, SCAN and YARD", "场地用途须为查验、机检、堆场中的一项或多项"),
        (r"a (\w+) cannot be weighed", "{0} 类事实不能加权"),
        (r"the weight is a number", "权重须为数值"),
        (r"weight and missing make no number", "权重与缺失值之积不是数值"),
        (r"(?:compares with a whole number of|counts) more than 64 bits(?: hold)?", "整数超过 64 位"),
        (r"what is missing cannot count as (.+)", "缺失时不能计为 {0}"),
        (
            r"(?:with this the table compares with )?more than ([\d,]+) (?:rows|values|conditions|of them)",
            "超过 {0} 个",
        ),
        (r"(.+) is no (.+)", "{0} 不是有效的“{1}”"),
    )
)


def both(message: str) -> Sentence:
    """The message in both languages; one that nobody has put into Chinese yet is quoted."""
    for pattern, words in _CHINESE:
        met = pattern.fullmatch(message)
        if met is not None:
            return Sentence(words.format(*[_NAMES.get(part, part) for part in met.groups()]), message)
    return Sentence(f"格式不符：{message}", message)
