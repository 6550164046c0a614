"""Makes the simulator's fixtures known to the tests in this folder."""

from .fixtures import line_simulator, line_simulator_process, webhook_receiver

__all__ = ["line_simulator", "line_simulator_process", "webhook_receiver"]
