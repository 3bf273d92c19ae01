"""A heater: follows the target in its twin, answers a method, and receives messages."""

from azure.iot.device import IoTHubDeviceClient, MethodResponse


def start_device(connection_string):
    client = IoTHubDeviceClient.create_from_connection_string(connection_string)

    def boost(request):
        client.send_method_response(MethodResponse.create_from_method_request(request, 200, {"minutes": 15}))

    def follow(patch):
        client.patch_twin_reported_properties({"target": patch["target"]})

    client.on_method_request_received = boost
    client.on_twin_desired_properties_patch_received = follow
    client.on_message_received = lambda message: print(f"device: received “{message.data.decode()}”", flush=True)
    client.connect()
    return client
