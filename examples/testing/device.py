"""The device under test, with Microsoft's SDK: sends a reading, and answers every method until SIGTERM."""

import os
import signal
import threading

from azure.iot.device import IoTHubDeviceClient, MethodResponse

with open(os.environ["CA_FILE"]) as file:
    client = IoTHubDeviceClient.create_from_connection_string(
        os.environ["CONNECTION_STRING"], server_verification_cert=file.read()
    )


def answer(request):
    client.send_method_response(MethodResponse.create_from_method_request(request, 200, {"minutes": 15}))


client.on_method_request_received = answer
client.send_message('{"temperature": 21.5}')

stopped = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopped.set())
stopped.wait()
client.shutdown()
