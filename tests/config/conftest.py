"""The simulator, for the seed's test."""

from tests.simulator.fixtures import line_simulator, line_simulator_process

__all__ = ["line_simulator", "line_simulator_process"]
