"""The cluster: the same two operations as the local engine (index, query) over servers that speak SphinxQL."""

from build_tools.search.cluster.address import Address, AddressError, parse_address
from build_tools.search.cluster.ask import CANDIDATES, Cluster, Found, Light, light, opened, read_case
from build_tools.search.cluster.client import ClusterError
from build_tools.search.cluster.send import Sent, send
from build_tools.search.cluster.setup import KINDS, set_up

__all__ = [
    "CANDIDATES",
    "KINDS",
    "Address",
    "AddressError",
    "Cluster",
    "ClusterError",
    "Found",
    "Light",
    "Sent",
    "light",
    "opened",
    "parse_address",
    "read_case",
    "send",
    "set_up",
]
