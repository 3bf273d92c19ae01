import com.microsoft.azure.sdk.iot.device.DeviceClient;
import com.microsoft.azure.sdk.iot.device.IotHubClientProtocol;
import com.microsoft.azure.sdk.iot.device.IotHubMessageResult;
import com.microsoft.azure.sdk.iot.device.exceptions.IotHubClientException;
import com.microsoft.azure.sdk.iot.device.twin.DirectMethodResponse;
import com.microsoft.azure.sdk.iot.device.twin.Twin;
import com.microsoft.azure.sdk.iot.device.twin.TwinCollection;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A heater: follows the target in its twin, answers a method, and receives messages. */
class Heater {
  static DeviceClient start(String connectionString) throws IotHubClientException, InterruptedException {
    DeviceClient client = new DeviceClient(connectionString, IotHubClientProtocol.MQTT);
    client.setMessageCallback(
        (message, context) -> {
          String text = new String(message.getBytes(), StandardCharsets.UTF_8);
          System.out.println("device: received “" + text + "”");
          return IotHubMessageResult.COMPLETE;
        },
        null);
    client.open(true);
    client.subscribeToMethods(
        (name, payload, context) -> new DirectMethodResponse(200, Map.of("minutes", 15)), null);
    client.subscribeToDesiredProperties((twin, context) -> follow(client, twin), null);
    return client;
  }

  private static void follow(DeviceClient client, Twin twin) {
    TwinCollection patch = new TwinCollection();
    patch.put("target", twin.getDesiredProperties().get("target"));
    client.updateReportedPropertiesAsync(patch, (status, response, error, context) -> {}, null);
  }
}
