"""Modbus TCP: registers and coils of a device, polled in as few requests as possible, become values."""

from zhizao.connect.modbus.poller import Poller, PollerSettings
from zhizao.connect.modbus.registers import Form, ModbusError, Register, Table, WordOrder

__all__ = ["Form", "ModbusError", "Poller", "PollerSettings", "Register", "Table", "WordOrder"]
