"""The part of the control API that makes trouble: webhooks that come twice, late or overtaken, and LINE's own faults."""

from . import faults as fault_rules
from .asgi import Request, Response, json_response
from .control_api import ControlApi
from .control_input import ControlError, read_number, read_object
from .delivery import Delivery, read_delivery
from .faults import Faults
from .webhooks import WebhookSender


class TroubleControl:
    def __init__(self, webhooks: WebhookSender, faults: Faults, endpoint_names: set[str]) -> None:
        self.webhooks = webhooks
        self.faults = faults
        self.endpoint_names = endpoint_names

    def add_to(self, control: ControlApi) -> None:
        add = control.router.add
        add("GET", "/sim/delivery", self.show_delivery)
        add("POST", "/sim/delivery", self.set_delivery)
        add("DELETE", "/sim/delivery", self.clear_delivery)
        add("GET", "/sim/faults", self.list_faults)
        add("POST", "/sim/faults", self.add_fault)
        add("DELETE", "/sim/faults", self.clear_faults)
        add("DELETE", "/sim/faults/{fault_id}", self.remove_fault)

    def forget(self) -> None:
        """No trouble any more."""
        self.faults.rules.clear()
        self.webhooks.delivery = Delivery()

    async def show_delivery(self, request: Request) -> Response:
        return json_response(self.webhooks.delivery.as_json())

    async def set_delivery(self, request: Request) -> Response:
        """From now on webhooks leave like that: some twice, some overtaken by the next of their chat, all late."""
        try:
            self.webhooks.delivery = read_delivery(read_object(request))
        except ValueError as error:
            raise ControlError(400, str(error)) from None
        return await self.show_delivery(request)

    async def clear_delivery(self, request: Request) -> Response:
        self.webhooks.delivery = Delivery()
        return await self.show_delivery(request)

    async def list_faults(self, request: Request) -> Response:
        return json_response({"faults": self.faults.as_list()})

    async def add_fault(self, request: Request) -> Response:
        data = read_object(request)
        try:
            fault = self.faults.add(**fault_rules.checked_fields(data, self.endpoint_names))
        except ValueError as error:
            raise ControlError(400, str(error)) from None
        return json_response({"fault_id": fault.fault_id, "faults": self.faults.as_list()})

    async def clear_faults(self, request: Request) -> Response:
        self.faults.rules.clear()
        return json_response({"faults": []})

    async def remove_fault(self, request: Request, fault_id: str) -> Response:
        if not self.faults.remove(read_number(fault_id, "fault_id")):
            raise ControlError(404, "no such fault")
        return json_response({"faults": self.faults.as_list()})
