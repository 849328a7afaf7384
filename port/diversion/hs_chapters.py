"""The chapters of the Harmonized System by number, in short words of ours; the nomenclature's own are longer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from port.diversion.sentence import Sentence

_WORDS = """
01|活动物|live animals
02|肉及杂碎|meat
03|鱼及水产品|fish and seafood
04|乳、蛋、蜂蜜|dairy, eggs, honey
05|其他动物产品|other animal products
06|活植物及花卉|live plants and flowers
07|蔬菜|vegetables
08|水果及坚果|fruit and nuts
09|咖啡、茶、香料|coffee, tea, spices
10|谷物|cereals
11|制粉、麦芽、淀粉|milled grain, malt, starch
12|油籽、药用植物|oil seeds, medicinal plants
13|虫胶、树胶|gums and resins
14|编结用植物材料|plaiting materials
15|动植物油脂|fats and oils
16|肉、鱼制品|prepared meat and fish
17|糖及糖食|sugar and sweets
18|可可及制品|cocoa
19|谷物、粮食制品|bakery and cereal goods
20|蔬菜、水果制品|prepared vegetables and fruit
21|杂项食品|various foods
22|饮料、酒、醋|drinks, spirits, vinegar
23|食品残渣、饲料|food residues, feed
24|烟草|tobacco
25|盐、石料、水泥|salt, stone, cement
26|矿砂、矿渣|ores, slag
27|矿物燃料、矿物油|mineral fuels and oils
28|无机化学品|inorganic chemicals
29|有机化学品|organic chemicals
30|药品|medicines
31|肥料|fertilisers
32|染料、油漆|dyes and paints
33|精油、化妆品|perfumes and cosmetics
34|肥皂、洗涤剂、蜡|soap, detergents, waxes
35|蛋白质、胶、酶|proteins, glues, enzymes
36|炸药、烟火、火柴|explosives, fireworks, matches
37|照相及电影用品|photographic goods
38|杂项化学产品|various chemicals
39|塑料及制品|plastics
40|橡胶及制品|rubber
41|生皮及皮革|hides and leather
42|皮革制品、箱包|leather goods, bags
43|毛皮|furs
44|木及木制品|wood
45|软木|cork
46|编结品|basketware
47|纸浆、废纸|pulp, waste paper
48|纸及纸板|paper and board
49|印刷品|printed matter
50|丝|silk
51|羊毛及动物毛|wool and animal hair
52|棉花|cotton
53|麻及其他植物纤维|flax and other plant fibres
54|化学纤维长丝|man-made filaments
55|化学纤维短纤|man-made staple fibres
56|絮胎、毡呢、绳|wadding, felt, rope
57|地毯|carpets
58|特种机织物、刺绣|special woven fabrics, embroidery
59|涂布织物|coated fabrics
60|针织物|knitted fabrics
61|针织服装|knitted clothing
62|非针织服装|clothing, not knitted
63|其他纺织制品、旧衣|other textile articles, worn clothing
64|鞋靴|footwear
65|帽类|headgear
66|伞、手杖|umbrellas, canes
67|羽毛、人造花、人发|feathers, artificial flowers, hair
68|石料、石膏、水泥制品|articles of stone, plaster, cement
69|陶瓷|ceramics
70|玻璃|glass
71|珠宝、贵金属|jewellery, precious metals
72|钢铁|iron and steel
73|钢铁制品|articles of iron or steel
74|铜及制品|copper
75|镍及制品|nickel
76|铝及制品|aluminium
78|铅及制品|lead
79|锌及制品|zinc
80|锡及制品|tin
81|其他贱金属|other base metals
82|工具、刀具、餐具|tools and cutlery
83|贱金属杂项制品|various articles of base metal
84|机器及机械|machinery
85|电机、电气设备|electrical goods
86|铁道车辆|railway vehicles
87|车辆|road vehicles
88|航空器|aircraft
89|船舶|ships
90|光学、医疗、精密仪器|optical, medical, precision instruments
91|钟表|clocks and watches
92|乐器|musical instruments
93|武器、弹药|arms and ammunition
94|家具、寝具、灯具|furniture, bedding, lamps
95|玩具、运动用品|toys and sports goods
96|杂项制品|various articles
97|艺术品、古物|works of art, antiques
98|特殊交易品|special transactions
99|其他特殊用途|other special uses
"""

CHAPTERS: Mapping[str, Sentence] = MappingProxyType(
    {code: Sentence(zh, en) for code, zh, en in (line.split("|") for line in _WORDS.split("\n") if line)}
)
