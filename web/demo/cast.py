"""Who plays and with what: parties, ships, goods.  All names are made up."""

from __future__ import annotations

from web.demo.numbers import imo_number
from web.demo.world import Goods, Party, Trader, Vessel

PORT_LOCATION = "CNXMN"
CUSTOMS_OFFICE = "3711"

GATE_TERMINAL = "XMHT"  # speaks gate JSON
EDIFACT_TERMINAL = "XMSY"  # speaks COARRI and CODECO; yard moves as JSON, for which EDIFACT has no message
INSPECTION_YARD = "XMCY1"
SCANNER = "XMSC1"
SITES = (INSPECTION_YARD, SCANNER)  # the sites of the default ruleset
DEPOT = "XMDP"

CUSTOMS = "CUSXM"
SECOND_OFFICER = "CUSXM-2"  # plays no part: a rule needs two to come into force
TALLY = "TALLYXM"
CARRIER = "LINEHX"
AGENT = "AGENTNQ"
COURIER = "POSTXM"
AUTHORITY = "PORTXM"

FORWARDERS = ("FWLANHAI", "FWDONGLI")
BROKERS = ("BRXINDA", "BRYUANTO")
HAULIERS = ("HAULJM", "HAULTA")

AEO_TRADERS = (
    Trader("TRADTOYS", "Harbour Lights Toys", "AEO"),
    Trader("TRADPARTS", "Nanqiao Motor Parts", "AEO"),
)
GENERAL_TRADERS = (
    Trader("TRADHOME", "Three Rivers Furniture", "GENERAL"),
    Trader("TRADSTONE", "Lushan Stone Works", "GENERAL"),
    Trader("TRADFOOD", "South Quay Foods", "GENERAL"),
    Trader("TRADWEAR", "Blue Kite Clothing", "GENERAL"),
)
DISTRUSTED_TRADERS = (Trader("TRADSCRAP", "Old Pier Recycling", "DISTRUSTED"),)
TRADERS = AEO_TRADERS + GENERAL_TRADERS + DISTRUSTED_TRADERS

PARTIES = (
    Party(CUSTOMS, "Customs", "customs", SITES),
    Party(SECOND_OFFICER, "Customs, second officer", "customs", belongs_to=CUSTOMS),
    Party(GATE_TERMINAL, "Haitian demo terminal", "terminal", (GATE_TERMINAL,)),
    Party(EDIFACT_TERMINAL, "Songyu demo terminal", "terminal", (EDIFACT_TERMINAL,)),
    Party(INSPECTION_YARD, "Inspection yard", "depot", SITES, belongs_to=CUSTOMS),
    Party(DEPOT, "Empty depot", "depot", (DEPOT,)),
    Party(TALLY, "Harbour Tally", "tally", (GATE_TERMINAL, EDIFACT_TERMINAL)),
    Party(CARRIER, "Hexagon Line", "carrier"),
    Party(AGENT, "North Quay Ship Agency", "agent"),
    Party(FORWARDERS[0], "Blue Sea Forwarding", "forwarder"),
    Party(FORWARDERS[1], "Eastern Strength Forwarding", "forwarder"),
    Party(BROKERS[0], "Xinda Customs Brokers", "broker"),
    Party(BROKERS[1], "Far Isle Customs Brokers", "broker"),
    *(Party(trader.code, trader.name, "consignee") for trader in TRADERS),
    Party(HAULIERS[0], "Jimei Haulage", "haulier"),
    Party(HAULIERS[1], "Tong'an Trucks", "haulier"),
    Party(COURIER, "Harbour Post", "courier"),
    Party(AUTHORITY, "Port Authority", "authority"),
)

VESSELS = (
    Vessel(imo_number(990101), "BDEM1", "HEXAGON AMBER"),
    Vessel(imo_number(990117), "BDEM2", "HEXAGON BASALT"),
    Vessel(imo_number(990124), "BDEM3", "HEXAGON CORAL"),
    Vessel(imo_number(990138), "BDEM4", "HEXAGON DUNE"),
    Vessel(imo_number(990146), "BDEM5", "HEXAGON EMBER"),
    Vessel(imo_number(990159), "BDEM6", "HEXAGON FJORD"),
)

OWNERS = ("HXLU", "QZNU", "DPQU", "WYBU")

# Marble and granite from these quarries is what the default ruleset looks at; toys and furniture go straight through.
STONE = Goods("6802231000", ("IN", "BR"), 25200, 18200, ("22G1",))
SCRAP = Goods("7204490090", ("US", "GB"), 24600, 9100, ("22G1",))
PLASTIC = Goods("3901100001", ("SA", "KR"), 24000, 26400, ("45G1",))
TOYS = Goods("9503008900", ("VN", "DE"), 7400, 61000, ("45G1",))
FURNITURE = Goods("9403609990", ("IT", "VN"), 9800, 42000, ("45G1",))
PARTS = Goods("8708299000", ("DE", "JP"), 14300, 138000, ("45G1",))
CLOTHING = Goods("6109100021", ("BD", "VN"), 8600, 73000, ("22G1", "45G1"))
BEEF = Goods("0202300090", ("BR", "AU"), 26100, 143000, ("45R1",), set_point_celsius=-18.0)
FRUIT = Goods("0810400000", ("CL", "PE"), 19400, 118000, ("45R1",), set_point_celsius=-0.5)
PAINT = Goods("3208909090", ("DE", "KR"), 17800, 57000, ("22G1",), "1263", "3")
TEA = Goods("0902302000", ("GB", "MA"), 11600, 52000, ("22G1",))
TILES = Goods("6907211000", ("US", "PH"), 26000, 11800, ("22G1",))
SHOES = Goods("6404199000", ("US", "FR"), 8200, 88000, ("45G1",))

GOODS_OF = {
    "TRADTOYS": (TOYS,),
    "TRADPARTS": (PARTS, PAINT),
    "TRADHOME": (FURNITURE,),
    "TRADSTONE": (STONE, TILES),
    "TRADFOOD": (BEEF, FRUIT, TEA),
    "TRADWEAR": (CLOTHING, SHOES),
    "TRADSCRAP": (SCRAP, PLASTIC),
}
EXPORT_GOODS_OF = {
    "TRADTOYS": (TOYS,),
    "TRADPARTS": (PARTS,),
    "TRADHOME": (FURNITURE,),
    "TRADSTONE": (TILES,),
    "TRADFOOD": (TEA,),
    "TRADWEAR": (SHOES, CLOTHING),
    "TRADSCRAP": (PLASTIC,),
}
FOREIGN_PORTS = ("DEHAM", "NLRTM", "USLGB", "SGSIN", "BRSSZ", "INMUN")


def teller_at(facility: str) -> str:
    """Whose key reports the movements at a facility."""
    return INSPECTION_YARD if facility in SITES else facility
