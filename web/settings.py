"""The settings: DIGITAL_PORT_* variables, read only here, explained in docs/operating.md and .env.example."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from port.database import READERS, DatabaseUrlRefused, is_sqlite, parse_url
from port.visit.status import CutRules
from web.mqtt_address import parse_broker, parse_senders
from web.nats_address import parse_servers, tls_context
from web.outbound_address import MailAddress, MailServerUrl, SmsServiceUrl, SmsTemplates

PREFIX = "DIGITAL_PORT_"


class StreamTransport(StrEnum):
    """What carries the websockets of the live stream."""

    OWN = "own"
    STOCK = "stock"


class ServerRole(StrEnum):
    """Which doors a server process opens."""

    ALL = "all"
    API = "api"
    INGEST = "ingest"
    FEED = "feed"


class MqttVersion(StrEnum):
    """Which MQTT is spoken; only the newer one says where an answer is awaited, and how much may be in hand."""

    FIVE = "5"
    THREE = "3.1.1"


class LogLevel(StrEnum):
    """From how grave on something is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _known_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not a time zone of the IANA database, such as Asia/Shanghai")
    return name


def _bare_origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError("an address without a path, such as https://port.example")
    return f"{parts.scheme}://{parts.netloc}".lower()


def _known_broker(url: str) -> str:
    parse_broker(url)
    return url


def _known_senders(told: str) -> str:
    parse_senders(told)
    return told


class Settings(BaseModel):
    """All settings of a process; `from_environment` reads them, a test gives them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: str = Field(default="sqlite:///digital-port.db", repr=False)  # it may hold a password
    readers: int = Field(default=READERS, ge=1, le=64)
    nats_url: SecretStr | None = None
    nats_ca: Path | None = None
    nats_certificate: Path | None = None
    nats_certificate_key: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    role: ServerRole = ServerRole.ALL
    stream_transport: StreamTransport = StreamTransport.OWN
    public_url: Annotated[str, AfterValidator(_bare_origin)] | None = None
    secure_cookies: bool | None = None
    session_hours: float = Field(default=12, gt=0, le=24 * 30)
    salt: SecretStr | None = Field(default=None, min_length=16)
    time_zone: Annotated[str, AfterValidator(_known_time_zone)] = "Asia/Shanghai"
    port_un_location_code: str = Field(default="CNXMN", pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")
    ruleset: Path | None = None
    confirm_hours: float = Field(default=12, gt=0)
    inner_after_leave_hours: float = Field(default=1, gt=0)
    late_discharge_hours: float = Field(default=24, gt=0)
    transfer_hours: float = Field(default=72, gt=0)
    late_transfer_leave_hours: float = Field(default=1, gt=0)
    unnamed_call_hours: float = Field(default=72, gt=0)
    document_days: float = Field(default=30, gt=0)
    inbox: Path | None = None
    inbox_poll_seconds: float = Field(default=2, gt=0, le=3600)
    inbox_stable_seconds: float = Field(default=5, ge=0, le=3600)
    mqtt_url: Annotated[str, AfterValidator(_known_broker)] | None = Field(default=None, repr=False)  # likewise
    mqtt_senders: Annotated[str, AfterValidator(_known_senders)] = ""
    mqtt_prefix: str = Field(default="port", pattern=r"^[^+#$/\s][^+#\s]*[^+#/\s]$|^[^+#$/\s]$")
    mqtt_client_id: str = Field(default="digital-port", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    mqtt_version: MqttVersion = MqttVersion.FIVE
    queue_limit: int = Field(default=5000, ge=1)
    batch_limit: int = Field(default=256, ge=1)
    answer_seconds: float = Field(default=10, gt=0, le=300)
    key: SecretStr | None = None
    webhooks_private: bool = False
    spool: Path = Path("digital-port-spool")
    mail_from: MailAddress = "digital-port@localhost"
    smtp_url: MailServerUrl | None = None
    sms_url: SmsServiceUrl | None = None
    sms_key_id: str = ""
    sms_key_secret: SecretStr | None = None
    sms_sign_name: str = ""
    sms_templates: SmsTemplates = ""
    lab_jobs: int = Field(default=1, ge=1, le=16)
    clock_start: AwareDatetime | None = None
    clock_factor: float = Field(default=1, gt=0, le=10_000, allow_inf_nan=False)
    log_level: LogLevel = LogLevel.INFO

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        try:
            parse_url(url)
        except DatabaseUrlRefused as refused:
            raise ValueError(str(refused)) from None
        return url

    @field_validator("nats_url")
    @classmethod
    def _known_nats(cls, told: SecretStr | None) -> SecretStr | None:
        if told is not None:
            parse_servers(told.get_secret_value())
        return told

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.role is not ServerRole.ALL and is_sqlite(parse_url(self.database_url)):
            raise ValueError(
                f"the role {self.role} needs PostgreSQL: a SQLite database has one server, with the role all"
            )
        try:
            tls_context(self.nats_ca, self.nats_certificate, self.nats_certificate_key)
        except OSError:
            raise ValueError("NATS_CA, NATS_CERTIFICATE or its key cannot be read, or is no such thing") from None
        if self.mqtt_url is not None and not self.mqtt_senders:
            raise ValueError("a broker needs MQTT_SENDERS: whose cameras speak for which facility")
        if self.sms_url is not None and not (self.sms_key_id and self.sms_key_secret and self.sms_templates):
            raise ValueError("a short-message service needs SMS_KEY_ID, SMS_KEY_SECRET and SMS_TEMPLATES")
        if self.clock_factor != 1 and self.clock_start is None:
            raise ValueError(
                "a clock factor needs a clock start: the instant from which on the port's clock runs faster"
            )
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times that a sender gives without one."""
        return ZoneInfo(self.time_zone)

    @property
    def has_https(self) -> bool | None:
        """Whether browsers reach this server by https; None where only the request can tell."""
        if self.secure_cookies is not None:
            return self.secure_cookies
        return None if self.public_url is None else self.public_url.startswith("https://")

    def cut_rules(self, customs_facilities: frozenset[str]) -> CutRules:
        """The windows by which events are cut into visits."""
        return CutRules(
            customs_facilities=customs_facilities,
            confirm_within=timedelta(hours=self.confirm_hours),
            inner_after_leave=timedelta(hours=self.inner_after_leave_hours),
            late_discharge=timedelta(hours=self.late_discharge_hours),
            transfer_within=timedelta(hours=self.transfer_hours),
            late_transfer_leave=timedelta(hours=self.late_transfer_leave_hours),
            unnamed_call=timedelta(hours=self.unnamed_call_hours),
            document_within=timedelta(days=self.document_days),
        )


class SettingsRefused(Exception):
    """Some variables cannot be what they are; the message has a line for each and repeats no value."""


def read_environment(
    environment: Mapping[str, str] = os.environ, overrides: Mapping[str, str | int | None] = MappingProxyType({})
) -> Settings:
    """The settings the environment gives, `overrides` before them; an empty variable or None counts as absent.

    Raises SettingsRefused.
    """
    found = {name: environment.get(f"{PREFIX}{name.upper()}", "").strip() for name in Settings.model_fields}
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings.model_validate({name: value for name, value in found.items() if value} | given)
    except ValidationError as error:
        raise SettingsRefused("\n".join(_sentence(*_parts(item)) for item in error.errors())) from None


def unknown_variables(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """DIGITAL_PORT_* variables that mean nothing here: misspelt, most likely."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return tuple(sorted(name for name in environment if name.startswith(PREFIX) and name not in known))


def _parts(item: Mapping[str, object]) -> tuple[tuple[object, ...], str]:
    where = item["loc"]
    return (where if isinstance(where, tuple) else ()), str(item["msg"]).removeprefix("Value error, ")


def _sentence(where: tuple[object, ...], what: str) -> str:
    return f"{PREFIX}{str(where[0]).upper()}: {what}" if where else what
