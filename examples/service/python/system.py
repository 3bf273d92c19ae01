"""A whole system: a service with Microsoft's clients, and a device. Creates the device, uses it, and deletes it."""

import os
import re
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone

from azure.eventhub import EventHubConsumerClient
from azure.iot.device import Message
from azure.iot.hub import IoTHubHttpRuntimeManager, IoTHubRegistryManager
from azure.iot.hub.models import CloudToDeviceMethod, Twin, TwinProperties

from device import start_device

SERVICE_CONNECTION_STRING = os.environ["SERVICE_CONNECTION_STRING"]
EVENT_HUB_CONNECTION_STRING = os.environ["EVENT_HUB_CONNECTION_STRING"]
DEVICE_ID = os.environ.get("DEVICE_ID", f"heater-{int(time.time())}")
CONSUMER_GROUP = os.environ.get("CONSUMER_GROUP", "$Default")

registry = IoTHubRegistryManager.from_connection_string(SERVICE_CONNECTION_STRING)
runtime = IoTHubHttpRuntimeManager.from_connection_string(SERVICE_CONNECTION_STRING)


# #region create
def create_device():
    identity = registry.create_device_with_sas(DEVICE_ID, None, None, "enabled")
    host_name = re.search("HostName=[^;]+", SERVICE_CONNECTION_STRING).group()
    return f"{host_name};DeviceId={DEVICE_ID};SharedAccessKey={identity.authentication.symmetric_key.primary_key}"
# #endregion create


# #region telemetry
def first_telemetry():
    """Returns the first event of the device. All partitions are read: the hub chooses one by the device's id."""
    events = EventHubConsumerClient.from_connection_string(EVENT_HUB_CONNECTION_STRING, CONSUMER_GROUP)
    found = []
    done = threading.Event()

    def on_event(_partition, event):
        if event.system_properties[b"iothub-connection-device-id"].decode() == DEVICE_ID:
            found.append(event.body_as_json())
            done.set()

    # With a checkpoint store, the client continues where it was before a restart.
    start = datetime.now(timezone.utc) - timedelta(minutes=1)
    reader = threading.Thread(target=events.receive, args=[on_event], kwargs={"starting_position": start})
    reader.start()
    done.wait()
    events.close()
    reader.join()
    return found[0]
# #endregion telemetry


# #region method
def call_method():
    call = CloudToDeviceMethod(method_name="boost", payload={"until": 22}, response_timeout_in_seconds=30)
    result = registry.invoke_device_method(DEVICE_ID, call)
    return result.status, result.payload
# #endregion method


# #region twin
def set_target(target):
    """Sets the target, and waits until the device has reported it."""
    twin = registry.get_twin(DEVICE_ID)
    patch = Twin(tags={"room": "kitchen"}, properties=TwinProperties(desired={"target": target}))
    registry.update_twin(DEVICE_ID, patch, twin.etag)
    while registry.get_twin(DEVICE_ID).properties.reported.get("target") != target:
        time.sleep(0.5)
# #endregion twin


# #region c2d
def send_message(text):
    """Sends a message, and waits for the feedback: the device has acknowledged it, or never will."""
    message_id = str(uuid.uuid4())
    registry.send_c2d_message(DEVICE_ID, text, {"messageId": message_id, "iothub-ack": "full"})
    while True:
        # `runtime.receive_feedback_notification` itself returns nothing.
        messages = runtime.protocol.cloud_to_device_messages
        response = messages.receive_feedback_notification(raw=True).response
        if response.status_code == 204:
            time.sleep(0.5)
            continue
        lock_token = response.headers["etag"].strip('"')
        ours = [record for record in response.json() if record["originalMessageId"] == message_id]
        if ours:
            runtime.complete_feedback_notification(lock_token)
            return ours[0]["statusCode"]
        # Feedback for other senders stays in the queue.
        runtime.abandon_feedback_notification(lock_token)
# #endregion c2d


def say(*words):
    print("service:", *words, flush=True)


device = start_device(create_device())
say("created", DEVICE_ID)
try:
    device.send_message(Message('{"temperature": 19.5}', content_encoding="utf-8", content_type="application/json"))
    say("telemetry", first_telemetry())
    say("method", *call_method())
    set_target(21)
    say("target 21 reported")
    say("feedback", send_message("lunch is ready"))
finally:
    device.shutdown()
    registry.delete_device(DEVICE_ID)
say("deleted the device")
