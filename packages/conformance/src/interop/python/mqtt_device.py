"""A device with Eclipse Paho alone."""

import threading

import paho.mqtt.client as mqtt

from calls import answer, read_calls, write


class Device:
    def connect(self, host, port, ca_file, transport, client_id, user_name, password):
        self.connected, self.suback = threading.Event(), threading.Event()
        client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id, transport=transport, protocol=mqtt.MQTTv311
        )
        client.username_pw_set(user_name, password)
        client.tls_set(ca_file)
        client.ws_set_options(path="/$iothub/websocket")
        client.on_connect = self.on_connect
        client.on_subscribe = lambda client, data, mid, codes, properties: self.suback.set()
        client.on_message = lambda client, data, message: write(
            event="message", value={"topic": message.topic, "payload": message.payload.decode("utf-8")}
        )
        client.connect(host, port)
        client.loop_start()
        self.client = client
        self.connected.wait()
        return self.code

    def on_connect(self, client, data, flags, reason, properties):
        self.code = reason.value
        self.connected.set()

    def subscribe(self, topic):
        self.suback.clear()
        self.client.subscribe(topic, 1)
        self.suback.wait()

    def publish(self, topic, payload):
        self.client.publish(topic, payload, 1).wait_for_publish()

    def disconnect(self):
        self.client.disconnect()
        self.client.loop_stop()


device = Device()
for call in read_calls():
    answer(device, call)
