"""Who is at the other end: the address of a client, and whom it stands for. Apart from the limiters, because gateways ask too."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The client's address: the peer's, or behind TRUSTED_PROXIES what the first of our own proxies saw. "" on a Unix socket."""
    return client_address(request.META.get("HTTP_X_FORWARDED_FOR", ""), request.META.get("REMOTE_ADDR", ""))


def client_address(forwarded_for: str, peer: str) -> str:
    """`address_of` for a server that has no Django request: the X-Forwarded-For header, and the peer's address."""
    seen = [part.strip() for part in forwarded_for.split(",")]
    hops = settings.TRUSTED_PROXIES
    return _plain(seen[-hops] if 0 < hops <= len(seen) else "") or _plain(peer)


@lru_cache(maxsize=1024)
def _plain(address: str) -> str:
    """In its one spelling, "" for what is none. Remembered: every delivery at the door asks, and the same few gateways come."""
    try:
        return str(ip_address(address))
    except ValueError:
        return ""


def network_of(address: str) -> str:
    """Whom an address stands for: itself, and for IPv6 its /64, of which anyone has as many addresses as they like."""
    if address and isinstance(ip_address(address), IPv6Address):
        return str(ip_network(f"{address}/64", strict=False))
    return address
