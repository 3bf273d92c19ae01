import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.azure.sdk.iot.device.ClientOptions;
import com.microsoft.azure.sdk.iot.device.DeviceClient;
import com.microsoft.azure.sdk.iot.device.FileUploadCompletionNotification;
import com.microsoft.azure.sdk.iot.device.FileUploadSasUriRequest;
import com.microsoft.azure.sdk.iot.device.FileUploadSasUriResponse;
import com.microsoft.azure.sdk.iot.device.IotHubClientProtocol;
import com.microsoft.azure.sdk.iot.device.IotHubMessageResult;
import com.microsoft.azure.sdk.iot.device.IotHubStatusCode;
import com.microsoft.azure.sdk.iot.device.Message;
import com.microsoft.azure.sdk.iot.device.MessageProperty;
import com.microsoft.azure.sdk.iot.device.exceptions.IotHubClientException;
import com.microsoft.azure.sdk.iot.device.twin.DirectMethodResponse;
import com.microsoft.azure.sdk.iot.device.twin.Twin;
import com.microsoft.azure.sdk.iot.device.twin.TwinCollection;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** A device of the Java SDK. It reads calls as lines of JSON, and writes results and events as lines of JSON. */
public class Device {
  private static final Gson json = new GsonBuilder().serializeNulls().create();
  private static final PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final int responseMs = 10_000;
  private DeviceClient client;

  public static void main(String[] args) throws Exception {
    Device device = new Device();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      JsonObject call = JsonParser.parseString(line).getAsJsonObject();
      Map<String, Object> answer = new TreeMap<>();
      answer.put("id", call.get("id"));
      try {
        answer.put("value", device.run(call.get("do").getAsString(), call.getAsJsonObject("with")));
      } catch (Exception error) {
        Throwable cause = error.getCause();
        answer.put("error", error.getClass().getSimpleName());
        answer.put("cause", cause == null ? "" : cause.getClass().getSimpleName());
        answer.put("text", error.getMessage());
      }
      write(answer);
    }
    System.exit(0);
  }

  private Object run(String method, JsonObject with) throws Exception {
    switch (method) {
      case "open":
        return open(with);
      case "send":
        client.sendEvent(messageOf(with));
        return null;
      case "sendBatch":
        List<Message> batch = new ArrayList<>();
        with.getAsJsonArray("messages").forEach(each -> batch.add(messageOf(each.getAsJsonObject())));
        client.sendEvents(batch);
        return null;
      case "listen":
        return listen();
      case "twin":
        Twin twin = repeated(() -> client.getTwin(responseMs));
        return Map.of("desired", twin.getDesiredProperties(), "reported", twin.getReportedProperties());
      case "report":
        TwinCollection patch = json.fromJson(with, TwinCollection.class);
        return repeated(() -> client.updateReportedProperties(patch, responseMs)).getVersion();
      case "upload":
        return upload(with);
      case "close":
        client.close();
        return null;
      default:
        throw new IllegalArgumentException(method);
    }
  }

  /** Repeats a request on the twin: on a busy machine, the client loses responses that one of its threads forgets too early. */
  private static <T> T repeated(Callable<T> request) throws Exception {
    for (int attempt = 1; ; attempt++) {
      try {
        return request.call();
      } catch (IotHubClientException error) {
        if (attempt == 5 || error.getStatusCode() != IotHubStatusCode.DEVICE_OPERATION_TIMED_OUT) throw error;
      }
    }
  }

  private Object open(JsonObject with) throws Exception {
    IotHubClientProtocol protocol = IotHubClientProtocol.valueOf(with.get("protocol").getAsString());
    ClientOptions options = ClientOptions.builder().sendInterval(1).receiveInterval(100).build();
    client = new DeviceClient(with.get("connectionString").getAsString(), protocol, options);
    // HTTPS polls for messages, and does so only with a callback from the start.
    client.setMessageCallback(this::receive, null);
    client.open(false);
    return null;
  }

  private Object listen() throws Exception {
    client.subscribeToDesiredProperties((twin, context) -> event("desired", twin.getDesiredProperties()), null);
    client.subscribeToMethods(
        (name, payload, context) ->
            new DirectMethodResponse(207, Map.of("name", name, "got", payload.getPayloadAsJsonElement())),
        null);
    return null;
  }

  private IotHubMessageResult receive(Message message, Object context) {
    Map<String, String> properties = new TreeMap<>();
    for (MessageProperty each : message.getProperties()) properties.put(each.getName(), each.getValue());
    Map<String, Object> value = new TreeMap<>();
    value.put("body", new String(message.getBytes(), StandardCharsets.UTF_8));
    value.put("messageId", message.getMessageId());
    value.put("properties", properties);
    event("message", value);
    return IotHubMessageResult.COMPLETE;
  }

  private Object upload(JsonObject with) throws Exception {
    FileUploadSasUriResponse place = client.getFileUploadSasUri(new FileUploadSasUriRequest(with.get("name").getAsString()));
    HttpRequest put =
        HttpRequest.newBuilder(place.getBlobUri())
            .header("x-ms-blob-type", "BlockBlob")
            .PUT(HttpRequest.BodyPublishers.ofString(with.get("text").getAsString()))
            .build();
    HttpResponse<String> stored = HttpClient.newHttpClient().send(put, HttpResponse.BodyHandlers.ofString());
    client.completeFileUpload(new FileUploadCompletionNotification(place.getCorrelationId(), stored.statusCode() == 201));
    return place.getBlobName();
  }

  private static Message messageOf(JsonObject from) {
    Message message = new Message(from.get("body").getAsString());
    if (from.has("messageId")) message.setMessageId(from.get("messageId").getAsString());
    if (from.has("correlationId")) message.setCorrelationId(from.get("correlationId").getAsString());
    if (from.has("contentType")) message.setContentType(from.get("contentType").getAsString());
    if (from.has("contentEncoding")) message.setContentEncoding(from.get("contentEncoding").getAsString());
    if (from.has("properties"))
      from.getAsJsonObject("properties").entrySet().forEach(each -> message.setProperty(each.getKey(), each.getValue().getAsString()));
    return message;
  }

  private static void event(String name, Object value) {
    write(Map.of("event", name, "value", value));
  }

  private static synchronized void write(Object line) {
    output.println(json.toJson(line));
  }
}
