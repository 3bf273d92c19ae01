"""A device of the Python SDK."""

from datetime import datetime

from azure.iot.device import IoTHubDeviceClient, Message, MethodResponse

from calls import answer, read_calls, write


def as_json(message):
    return {
        "body": message.data.decode("utf-8"),
        "messageId": message.message_id,
        "correlationId": message.correlation_id,
        "userId": message.user_id,
        "contentType": message.content_type,
        "contentEncoding": message.content_encoding,
        "ack": message.ack,
        "expiryTimeUtc": message.expiry_time_utc,
        "properties": message.custom_properties,
    }


class Device:
    def create(self, connection_string, ca, websockets):
        self.client = IoTHubDeviceClient.create_from_connection_string(
            connection_string, server_verification_cert=ca, websockets=websockets
        )
        self.client.on_connection_state_change = lambda: write(event="connected", value=self.client.connected)
        self.client.on_background_exception = lambda error: write(event="background", value=type(error).__name__)

    def listen(self):
        """Setting a handler subscribes, and returns when the hub has granted the subscription."""
        self.client.on_message_received = lambda message: write(event="message", value=as_json(message))
        self.client.on_twin_desired_properties_patch_received = lambda patch: write(event="desired", value=patch)
        self.client.on_method_request_received = self.answer

    def answer(self, request):
        payload = {"name": request.name, "got": request.payload}
        self.client.send_method_response(MethodResponse.create_from_method_request(request, 207, payload))

    def connect(self):
        self.client.connect()

    def send(self, body, properties=None, expiry=None, security=False, **system):
        message = Message(body, content_encoding="utf-8")
        for name, value in system.items():
            setattr(message, name, value)
        if expiry is not None:
            message.expiry_time_utc = datetime.fromisoformat(expiry)
        if security:
            message.set_as_security_message()
        message.custom_properties = properties or {}
        self.client.send_message(message)

    def twin(self):
        return self.client.get_twin()

    def report(self, patch):
        self.client.patch_twin_reported_properties(patch)

    def shutdown(self):
        self.client.shutdown()


device = Device()
for call in read_calls():
    answer(device, call, text=lambda error: str(error.__cause__))
