"""Mailings: courier scans and the steps of a certificate's way from the signature to the door."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

from events.basics import Aware, Fact


class CourierStatus(StrEnum):
    """UPU-like postal item states."""

    COLLECTED = "COLLECTED"
    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    RETURNED = "RETURNED"


class CourierScan(Fact, frozen=True, kw_only=True, tag="courier_scan"):
    """A scan of a postal item (UPU S10 or domestic EMS number)."""

    kind: ClassVar[Literal["courier_scan"]] = "courier_scan"
    item_id: str
    status: CourierStatus
    scan_datetime: Aware
    place: str | None = None


class CertificateStep(StrEnum):
    """The life of a certificate mailing (原产地证书自助寄递)."""

    APPLIED = "APPLIED"
    SIGNED = "SIGNED"
    IN_LOCKER = "IN_LOCKER"
    CODE_CONFIRMED = "CODE_CONFIRMED"
    COLLECTED = "COLLECTED"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class CertificateStepped(Fact, frozen=True, kw_only=True, tag="certificate"):
    """One step of a certificate mailing.  `code_hash` is a salted hash: the code itself is never stored."""

    kind: ClassVar[Literal["certificate"]] = "certificate"
    mailing_id: str
    step: CertificateStep
    at: Aware
    applicant: str
    by: str
    certificate_number: str | None = None
    visit_id: str | None = None
    recipient: str | None = None
    locker: str | None = None
    code_hash: str | None = None
    code_expires_at: Aware | None = None
    item_id: str | None = None
    note: str | None = None
