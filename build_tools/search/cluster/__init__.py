"""The cluster: the same two operations as the local engine (index, query) over servers that speak SphinxQL."""

from build_tools.search.cluster.address import Address, parse_address
from build_tools.search.cluster.client import ClusterError
from build_tools.search.cluster.found import Found, Light, light, reach, wanted_facts, wanted_words
from build_tools.search.cluster.send import Sent, send
from build_tools.search.cluster.setup import KINDS, set_up

__all__ = [
    "KINDS",
    "Address",
    "ClusterError",
    "Found",
    "Light",
    "Sent",
    "light",
    "parse_address",
    "reach",
    "send",
    "set_up",
    "wanted_facts",
    "wanted_words",
]
