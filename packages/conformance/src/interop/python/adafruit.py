"""A device of adafruit-circuitpython-azureiot."""

import json
import queue
import socket
import ssl
import threading
import time

import adafruit_azureiot.constants
import adafruit_azureiot.hmac
from adafruit_azureiot import IoTHubDevice
from adafruit_azureiot.device_registration import DeviceRegistration
from adafruit_azureiot.iot_mqtt import IoTResponse

from calls import answer, read_calls, write

# CPython mangles this name inside a class, CircuitPython doesn't.
adafruit_azureiot.hmac._HMAC__translate = vars(adafruit_azureiot.hmac)["__translate"]


def trust(ca):
    return ssl.create_default_context(cadata=ca)


class Device:
    client = None

    def connect(self, connection_string, ca):
        client = IoTHubDevice(socket, trust(ca), connection_string)
        client.on_cloud_to_device_message_received = lambda body, properties: write(
            event="message", value={"body": body, "properties": properties}
        )
        client.on_device_twin_desired_updated = lambda name, value, version: write(
            event="desired", value={"name": name, "value": value, "version": version}
        )
        client.on_direct_method_invoked = self.answer
        client.connect()
        self.client = client

    def answer(self, name, payload):
        return IoTResponse(207, json.dumps({"name": name, "got": json.loads(payload)}))

    def send(self, body, properties):
        self.client.send_device_to_cloud_message(body, properties)

    def report(self, patch):
        self.client.update_twin(patch)

    def register(self, host, ca, id_scope, device_id, key):
        # The library has no option for the endpoint.
        adafruit_azureiot.constants.DPS_END_POINT = host
        registration = DeviceRegistration(socket, trust(ca), id_scope, device_id, key)
        return registration.register_device(int(time.time()) + 3600)

    def disconnect(self):
        client, self.client = self.client, None
        client.disconnect()


calls = queue.Queue()


def read():
    for call in read_calls():
        calls.put(call)
    calls.put(None)


threading.Thread(target=read, daemon=True).start()
device = Device()
while True:
    # Only one thread may use the library, which receives in `loop`.
    try:
        call = calls.get(block=device.client is None)
    except queue.Empty:
        device.client.loop()
        continue
    if call is None:
        break
    answer(device, call)
