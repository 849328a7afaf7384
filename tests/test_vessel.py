"""Vessel calls: aliases joined into stays, and their times."""

from __future__ import annotations

from itertools import permutations

from build_visit import QUAY, QUAY_2, at, vessel_call
from events.types import VesselRef
from port.vessel import Berth, CallTimes, StayKey, VesselCall, stays

BY_NUMBER = VesselRef(vessel_imo_number="9074729", voyage="031W")
BY_SIGN = VesselRef(call_sign="BXYZ", voyage="032E")


def test_an_imo_number_and_a_call_sign_told_together_are_one_vessel():
    known = stays(
        [vessel_call(vessel_imo_number="9074729", call_sign="BXYZ", import_voyage="031W", export_voyage="032E")]
    )
    assert known.find(BY_NUMBER) == known.find(BY_SIGN) == StayKey("IMO9074729-031W")
    assert known.same(BY_NUMBER, BY_SIGN)


def test_aliases_are_joined_whatever_the_order_they_are_told_in():
    told = [
        vessel_call(call_sign="BXYZ", voyage="032E", facility_code=QUAY_2),
        vessel_call(vessel_imo_number="9074729", voyage="031W", facility_code=QUAY),
        vessel_call(vessel_imo_number="9074729", call_sign="BXYZ"),
        vessel_call(call_sign="BXYZ", import_voyage="031W", export_voyage="032E"),
    ]
    for order in permutations(told):
        known = stays(order)
        assert known.find(BY_NUMBER) == known.find(BY_SIGN) == StayKey("IMO9074729-031W")


def test_an_unresolved_alias_is_a_stay_of_its_own():
    known = stays(
        [vessel_call(vessel_imo_number="9074729", voyage="031W"), vessel_call(call_sign="BXYZ", voyage="032E")]
    )
    assert known.find(BY_NUMBER) != known.find(BY_SIGN)
    assert known.keys() == ["IMO9074729-031W", "SIGNBXYZ-032E"]
    assert stays([]).find(BY_NUMBER) is None


def test_a_voyage_told_without_its_vessel_is_that_of_the_one_vessel_which_has_it():
    lone = vessel_call(voyage="031W", facility_code=QUAY_2, atb=at(2))
    known = stays([vessel_call(vessel_imo_number="9074729", voyage="031W"), lone])
    assert known.times(StayKey("IMO9074729-031W")).atb == at(2)
    assert known.find(VesselRef(voyage="031W")) == "IMO9074729-031W"
    two = stays([vessel_call(vessel_imo_number=imo, voyage="031W") for imo in ("9074729", "9839284")] + [lone])
    assert two.find(VesselRef(voyage="031W")) is None


def test_silence_agrees_and_a_difference_does_not():
    known = stays([])
    imo, voyage, nothing = VesselRef(vessel_imo_number="9074729"), VesselRef(voyage="031W"), VesselRef()
    other = VesselRef(vessel_imo_number="9839284", voyage="031W")
    sign = VesselRef(call_sign="BXYZ")
    for quiet in (imo, voyage, nothing, sign):
        assert known.agree(BY_NUMBER, quiet)
        assert known.agree(quiet, BY_NUMBER)
    assert not known.agree(BY_NUMBER, other)
    assert not known.agree(BY_NUMBER, VesselRef(vessel_imo_number="9074729", voyage="033W"))
    assert not known.agree(sign, VesselRef(call_sign="ABCD"))


def test_only_a_voyage_both_say_makes_two_names_the_same_call():
    known = stays([])
    assert known.same(BY_NUMBER, VesselRef(voyage="031W"))
    assert not known.same(BY_NUMBER, VesselRef(vessel_imo_number="9074729"))
    assert not known.same(BY_NUMBER, VesselRef(vessel_imo_number="9839284", voyage="031W"))
    assert known.share_vessel(BY_NUMBER, VesselRef(vessel_imo_number="9074729"))


def test_the_times_of_a_double_call_are_the_first_arrival_and_the_last_departure():
    told = [
        vessel_call(vessel_imo_number="9074729", voyage="031W", facility_code=QUAY, eta=at(1), ata=at(1, 2), atd=at(2)),
        vessel_call(vessel_imo_number="9074729", voyage="031W", facility_code=QUAY_2, atb=at(2, 3), atd=at(3)),
        vessel_call(vessel_imo_number="9074729", voyage="031W", facility_code=QUAY, eta=at(1, 1), atd=at(1, 23)),
    ]
    known = stays(told)
    key = known.find(BY_NUMBER)
    quay = CallTimes(at(1, 1), at(1, 2), None, at(2))
    quay_2 = CallTimes(None, None, at(2, 3), at(3))
    assert known.times(key) == CallTimes(at(1, 1), at(1, 2), at(2, 3), at(3))
    assert known.times(key, QUAY) == quay
    assert known.find_call(key) == VesselCall(
        key=key,
        vessel_imo_number="9074729",
        call_sign=None,
        vessel_name=None,
        voyages=("031W",),
        berths=(Berth(QUAY, quay), Berth(QUAY_2, quay_2)),
        times=CallTimes(at(1, 1), at(1, 2), at(2, 3), at(3)),
    )
    assert known.find_call(StayKey("nothing")) is None
