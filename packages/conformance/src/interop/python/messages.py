"""Sends cloud-to-device messages and reads events with the official clients, and writes the outcome of each step."""

import json
import sys
import threading

from azure.eventhub import EventHubConsumerClient
from azure.iot.hub import IoTHubRegistryManager

job = json.load(sys.stdin)


def send():
    manager = IoTHubRegistryManager.from_connection_string(job["connectionString"])
    properties = {"messageId": "from-python", "contentType": "text/plain", "room": "kitchen"}
    manager.send_c2d_message(job["deviceId"], "hello", properties)
    return "sent"


def read(connection_string, **options):
    client = EventHubConsumerClient.from_connection_string(connection_string, job["consumerGroup"], **options)
    properties = client.get_eventhub_properties()
    partition = client.get_partition_properties("0")
    events = []
    done = threading.Event()

    def on_event(_context, event):
        events.append(event)
        if len(events) == job["count"]:
            done.set()

    def receive():
        client.receive(on_event=on_event, starting_position="-1", track_last_enqueued_event_properties=True)

    reader = threading.Thread(target=receive)
    reader.start()
    done.wait(60)
    client.close()
    reader.join()
    ours = [each for each in events if text(each, "iothub-connection-device-id") == job["deviceId"]]
    return {
        "name": properties["eventhub_name"],
        "partitions": properties["partition_ids"],
        "partition": partition["id"],
        "bodies": [each.body_as_str() for each in ours],
        "numbers": [each.sequence_number for each in ours],
        "source": text(ours[0], "iothub-message-source"),
        "room": ours[0].properties[b"room"].decode(),
        "content_type": ours[0].content_type,
    }


def text(event, name):
    return event.system_properties[name.encode()].decode()


outcome = {"sent": send(), "plain": read(job["eventHub"])}
if job["secureEventHub"]:
    outcome["secure"] = read(job["secureEventHub"], connection_verify=job["ca"])
print(json.dumps([outcome]))
