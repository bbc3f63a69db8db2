"""Live preview on this machine: watches the library, builds after every change, serves the site and its errors."""

from build_tools.serve.order import Order as Order
from build_tools.serve.preview import AlreadyRunning as AlreadyRunning
from build_tools.serve.preview import PortTaken as PortTaken
from build_tools.serve.preview import Preview as Preview
from build_tools.serve.rounds import Round as Round
