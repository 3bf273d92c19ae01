import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubConsumerAsyncClient;
import com.azure.messaging.eventhubs.models.EventPosition;
import com.microsoft.azure.sdk.iot.device.DeviceClient;
import com.microsoft.azure.sdk.iot.device.Message;
import com.microsoft.azure.sdk.iot.service.messaging.AcknowledgementType;
import com.microsoft.azure.sdk.iot.service.messaging.DeliveryAcknowledgement;
import com.microsoft.azure.sdk.iot.service.messaging.FeedbackRecord;
import com.microsoft.azure.sdk.iot.service.messaging.IotHubServiceClientProtocol;
import com.microsoft.azure.sdk.iot.service.messaging.MessageFeedbackProcessorClient;
import com.microsoft.azure.sdk.iot.service.messaging.MessagingClient;
import com.microsoft.azure.sdk.iot.service.methods.DirectMethodRequestOptions;
import com.microsoft.azure.sdk.iot.service.methods.DirectMethodResponse;
import com.microsoft.azure.sdk.iot.service.methods.DirectMethodsClient;
import com.microsoft.azure.sdk.iot.service.registry.Device;
import com.microsoft.azure.sdk.iot.service.registry.RegistryClient;
import com.microsoft.azure.sdk.iot.service.twin.Twin;
import com.microsoft.azure.sdk.iot.service.twin.TwinClient;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A whole system: a service with Microsoft's clients, and a device. Creates the device, uses it, and deletes it. */
public class Main {
  private static final Map<String, String> env = System.getenv();
  private static final String service = env.get("SERVICE_CONNECTION_STRING");
  private static final String deviceId = env.getOrDefault("DEVICE_ID", "heater-" + System.currentTimeMillis());
  private static final RegistryClient registry = new RegistryClient(service);

  public static void main(String[] args) throws Exception {
    DeviceClient device = Heater.start(createDevice());
    say("created " + deviceId);
    try {
      Message message = new Message("{\"temperature\":19.5}");
      message.setContentType("application/json");
      message.setContentEncoding("utf-8");
      device.sendEvent(message);
      say("telemetry " + firstTelemetry());
      DirectMethodResponse response = callMethod();
      say("method " + response.getStatus() + " " + response.getPayloadAsJsonString());
      setTarget(21);
      say("target 21 reported");
      say("feedback " + sendMessage("lunch is ready"));
    } finally {
      device.close();
      registry.removeDevice(deviceId);
    }
    say("deleted the device");
    System.exit(0);
  }

  private static void say(String text) {
    System.out.println("service: " + text);
  }

  // #region create
  private static String createDevice() throws Exception {
    String key = registry.addDevice(new Device(deviceId)).getPrimaryKey();
    String hostName = service.replaceAll("(?i).*(HostName=[^;]+).*", "$1");
    return hostName + ";DeviceId=" + deviceId + ";SharedAccessKey=" + key;
  }
  // #endregion create

  // #region telemetry
  /** Returns the first event of the device. All partitions are read: the hub chooses one by the device's id. */
  private static String firstTelemetry() {
    // With a checkpoint store, `EventProcessorClient` continues where it was before a restart.
    EventPosition start = EventPosition.fromEnqueuedTime(Instant.now().minusSeconds(60));
    try (EventHubConsumerAsyncClient events =
        new EventHubClientBuilder()
            .connectionString(env.get("EVENT_HUB_CONNECTION_STRING"))
            .consumerGroup(env.getOrDefault("CONSUMER_GROUP", "$Default"))
            .buildAsyncConsumerClient()) {
      return events
          .getPartitionIds()
          .flatMap(partition -> events.receiveFromPartition(partition, start))
          .map(event -> event.getData())
          .filter(data -> deviceId.equals(data.getSystemProperties().get("iothub-connection-device-id")))
          .blockFirst()
          .getBodyAsString();
    }
  }
  // #endregion telemetry

  // #region method
  private static DirectMethodResponse callMethod() throws Exception {
    DirectMethodRequestOptions options =
        DirectMethodRequestOptions.builder().payload(Map.of("until", 22)).methodResponseTimeoutSeconds(30).build();
    return new DirectMethodsClient(service).invoke(deviceId, "boost", options);
  }
  // #endregion method

  // #region twin
  /** Sets the target, and waits until the device has reported it. */
  private static void setTarget(int target) throws Exception {
    TwinClient twins = new TwinClient(service);
    Twin twin = twins.get(deviceId);
    twin.getTags().put("room", "kitchen");
    twin.getDesiredProperties().put("target", target);
    twins.patch(twin);
    while (!(twins.get(deviceId).getReportedProperties().get("target") instanceof Number reported)
        || reported.intValue() != target) {
      Thread.sleep(500);
    }
  }
  // #endregion twin

  // #region c2d
  /** Sends a message, and waits for the feedback: the device has acknowledged it, or never will. */
  private static String sendMessage(String text) throws Exception {
    String id = UUID.randomUUID().toString();
    CompletableFuture<String> outcome = new CompletableFuture<>();
    MessageFeedbackProcessorClient feedback =
        new MessageFeedbackProcessorClient(
            service,
            IotHubServiceClientProtocol.AMQPS,
            batch -> {
              for (FeedbackRecord record : batch.getRecords()) {
                if (!id.equals(record.getOriginalMessageId())) continue;
                outcome.complete(record.getStatusCode().toString());
                return AcknowledgementType.COMPLETE;
              }
              // Feedback for other senders stays in the queue.
              return AcknowledgementType.ABANDON;
            });
    feedback.start();
    MessagingClient messages = new MessagingClient(service, IotHubServiceClientProtocol.AMQPS);
    messages.open();
    var message = new com.microsoft.azure.sdk.iot.service.messaging.Message(text);
    message.setMessageId(id);
    message.setDeliveryAcknowledgement(DeliveryAcknowledgement.Full);
    messages.send(deviceId, message);
    try {
      return outcome.get();
    } finally {
      messages.close();
      feedback.stop();
    }
  }
  // #endregion c2d
}
