import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubConsumerClient;
import com.azure.messaging.eventhubs.models.EventPosition;
import com.azure.messaging.eventhubs.models.PartitionEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.azure.sdk.iot.service.messaging.AcknowledgementType;
import com.microsoft.azure.sdk.iot.service.messaging.DeliveryAcknowledgement;
import com.microsoft.azure.sdk.iot.service.messaging.FeedbackRecord;
import com.microsoft.azure.sdk.iot.service.messaging.IotHubServiceClientProtocol;
import com.microsoft.azure.sdk.iot.service.messaging.Message;
import com.microsoft.azure.sdk.iot.service.messaging.MessageFeedbackProcessorClient;
import com.microsoft.azure.sdk.iot.service.messaging.MessagingClient;
import com.microsoft.azure.sdk.iot.service.registry.Device;
import com.microsoft.azure.sdk.iot.service.registry.RegistryClient;
import com.microsoft.azure.sdk.iot.service.twin.Twin;
import com.microsoft.azure.sdk.iot.service.twin.TwinClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Uses the official service and Event Hubs clients, and writes the outcome of each step. */
public class Messages {
  private static final ObjectMapper json = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    JsonNode job = json.readTree(System.in);
    Map<String, Object> outcome = new TreeMap<>();
    String connectionString = job.get("connectionString").asText();
    String deviceId = job.get("deviceId").asText();
    outcome.put("registry", registry(connectionString, deviceId));
    List<Object> feedback = new ArrayList<>();
    for (IotHubServiceClientProtocol protocol : IotHubServiceClientProtocol.values()) {
      feedback.add(send(connectionString, deviceId, protocol));
    }
    outcome.put("feedback", feedback);
    List<Object> events = new ArrayList<>();
    for (JsonNode string : job.get("eventHubs")) events.add(read(string.asText(), deviceId, job.get("count").asInt()));
    outcome.put("events", events);
    System.out.println(json.writeValueAsString(List.of(outcome)));
    System.exit(0);
  }

  private static Object registry(String connectionString, String deviceId) throws Exception {
    RegistryClient registry = new RegistryClient(connectionString);
    registry.addDevice(new Device("java-added"));
    TwinClient twins = new TwinClient(connectionString);
    Twin twin = twins.get("java-added");
    twin.getDesiredProperties().put("interval", 5);
    twins.patch(twin);
    Object interval = twins.get("java-added").getDesiredProperties().get("interval");
    registry.removeDevice("java-added");
    return Map.of("status", registry.getDevice(deviceId).getStatus().toString(), "interval", interval);
  }

  private static Object send(String connectionString, String deviceId, IotHubServiceClientProtocol protocol)
      throws Exception {
    String id = "java-" + protocol;
    BlockingQueue<FeedbackRecord> records = new ArrayBlockingQueue<>(10);
    MessageFeedbackProcessorClient feedback =
        new MessageFeedbackProcessorClient(
            connectionString,
            protocol,
            batch -> {
              records.addAll(batch.getRecords());
              return AcknowledgementType.COMPLETE;
            });
    feedback.start(60_000);
    MessagingClient client = new MessagingClient(connectionString, protocol);
    client.open(60_000);
    Message message = new Message("from Java");
    message.setMessageId(id);
    message.setDeliveryAcknowledgement(DeliveryAcknowledgement.Full);
    message.setProperties(Map.of("room", "kitchen"));
    client.send(deviceId, message, 60_000);
    client.close(60_000);
    FeedbackRecord record = records.poll(60, TimeUnit.SECONDS);
    feedback.stop(60_000);
    return List.of(record.getOriginalMessageId(), record.getStatusCode().toString());
  }

  private static Object read(String connectionString, String deviceId, int count) {
    EventHubConsumerClient client =
        new EventHubClientBuilder().connectionString(connectionString).consumerGroup("$Default").buildConsumerClient();
    List<String> bodies = new ArrayList<>();
    Object source = "";
    for (String partition : client.getPartitionIds()) {
      if (client.getPartitionProperties(partition).isEmpty()) continue;
      for (PartitionEvent event :
          client.receiveFromPartition(partition, count, EventPosition.earliest(), Duration.ofSeconds(60))) {
        Map<String, Object> system = event.getData().getSystemProperties();
        if (!deviceId.equals(system.get("iothub-connection-device-id"))) continue;
        bodies.add(event.getData().getBodyAsString());
        source = system.get("iothub-message-source");
      }
    }
    Object properties = client.getEventHubProperties().getName();
    client.close();
    return Map.of("name", properties, "bodies", bodies, "source", source);
  }
}
