"""Makes the simulator's fixtures known to the tests in this folder."""

from .fixtures import line_simulator, line_simulator_process, webhook_receiver
from .phone import complaints, page

__all__ = ["complaints", "line_simulator", "line_simulator_process", "page", "webhook_receiver"]
