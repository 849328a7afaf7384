"""Posting to an address that a stranger gave: to the very address that was looked at just before, and nowhere else.

Nothing of the environment is used (no proxy, no netrc), no redirect followed, no cookie kept, and of what is answered
only the status counts; a little of the body is read, so that who answers is not cut off in the middle.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from socket import SOCK_STREAM

import httpx

from adapters.outbound import Outcome, Parcel, Verdict
from adapters.outbound_guard import AddressRefused, Place, Resolve, check_addresses, read_address

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 10.0, 15.0
MOST_READ = 4_096
_MOST_ADDRESSES = 3

Dress = Callable[[Parcel, datetime], tuple[bytes, dict[str, str]]]
"""The body and the headers of a parcel's request."""
Mean = Callable[[int, str, datetime], Outcome]
"""What a status means, with the Retry-After that came with it."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that the system knows of a name; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


@dataclass(slots=True)
class Poster:
    """Brings parcels by POST.  `allows_private` is for tests and for trying it out on one's own machine."""

    dress: Dress
    mean: Mean
    resolve: Resolve = resolve
    allows_private: bool = False
    trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    async def bring(self, parcel: Parcel, now: datetime) -> Outcome:
        """One attempt."""
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                place = read_address(parcel.address, allows_private=self.allows_private)
                addresses = await self.resolve(place.host, place.port)
                check_addresses(addresses, allows_private=self.allows_private, is_safe=place.is_safe)
                return await self._send_to_one_of(addresses[:_MOST_ADDRESSES], place, parcel, now)
        except AddressRefused:
            return Outcome(Verdict.RETRY, detail="ADDRESS_REFUSED")
        except TimeoutError:
            return Outcome(Verdict.RETRY, detail="TIMEOUT")
        except (OSError, UnicodeError):
            return Outcome(Verdict.RETRY, detail="NAME_UNKNOWN")

    async def _send_to_one_of(self, addresses: Sequence[str], place: Place, parcel: Parcel, now: datetime) -> Outcome:
        body, headers = self.dress(parcel, now)
        headers |= {"host": place.authority}
        # One connection pool per attempt: one shared by address would speak to a second host by the first one's TLS.
        async with httpx.AsyncHTTPTransport(verify=self.trusted, trust_env=False, retries=0) as transport:
            for address in addresses:
                try:
                    return self.mean(*await _send(transport, address, place, body, headers), now)
                except httpx.ConnectError as error:
                    unreached = Outcome(Verdict.RETRY, detail="TLS_FAILED" if _is_of_tls(error) else "NOT_REACHED")
                except httpx.ConnectTimeout:
                    unreached = Outcome(Verdict.RETRY, detail="TIMEOUT")
                except httpx.TimeoutException:
                    return Outcome(Verdict.RETRY, detail="TIMEOUT")
                except (httpx.HTTPError, httpx.InvalidURL):
                    return Outcome(Verdict.RETRY, detail="BROKEN_OFF")
        return unreached


async def _send(
    transport: httpx.AsyncHTTPTransport, address: str, place: Place, body: bytes, headers: dict[str, str]
) -> tuple[int, str]:
    """Status and Retry-After of the answer."""
    extensions = {"timeout": {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": 1.0}}
    request = httpx.Request(
        "POST", place.at(address), headers=headers, content=body,
        # The certificate must be that of the name, and not of the address.
        extensions={**extensions, "sni_hostname": place.host},
    )  # fmt: skip
    answer = await transport.handle_async_request(request)
    try:
        await _read_a_little(answer)
    finally:
        await answer.aclose()
    return answer.status_code, answer.headers.get("retry-after", "")


async def _read_a_little(answer: httpx.Response) -> None:
    read = 0
    async for piece in answer.aiter_raw():
        read += len(piece)
        if read >= MOST_READ:
            return


def pause(retry_after: str, now: datetime) -> timedelta | None:
    """What a Retry-After asks for: seconds, or a date; None when it is neither."""
    told = retry_after.strip()
    if told.isascii() and told.isdigit():
        return timedelta(seconds=min(int(told[:12]), 10**9))
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, OverflowError, TypeError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
