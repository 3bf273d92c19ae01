import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.azure.sdk.iot.provisioning.device.AdditionalData;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClient;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientRegistrationResult;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientTransportProtocol;
import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProvider;
import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProviderSymmetricKey;
import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProviderX509;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Registers with the provisioning client of Java, and writes the outcomes. */
public class Provision {
  private static final Gson json = new GsonBuilder().serializeNulls().create();
  private static final int timeoutSeconds = 30;

  public static void main(String[] args) throws Exception {
    JsonObject input = JsonParser.parseReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).getAsJsonObject();
    // Side by side: the client may miss an answer that arrives before it waits for it.
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<Object>> running = new ArrayList<>();
    for (JsonElement job : input.getAsJsonArray("jobs")) {
      running.add(threads.submit(() -> outcomeOf(input.get("host").getAsString(), job.getAsJsonObject())));
    }
    List<Object> outcomes = new ArrayList<>();
    for (Future<Object> each : running) outcomes.add(each.get());
    System.out.println(json.toJson(outcomes));
    System.exit(0);
  }

  private static Object outcomeOf(String host, JsonObject job) {
    for (int attempt = 1; ; attempt++) {
      try {
        return register(host, job);
      } catch (Exception error) {
        // As devices do: the client can miss an answer, and then reports whatever it was waiting for as failed.
        if (attempt < (job.get("isRefused").getAsBoolean() ? 1 : 6)) continue;
        return Map.of("error", error.getClass().getSimpleName(), "text", textOf(error));
      }
    }
  }

  private static String textOf(Throwable error) {
    StringBuilder text = new StringBuilder();
    for (Throwable each = error; each != null; each = each.getCause()) text.append(each).append('\n');
    return text.toString();
  }

  private static Object register(String host, JsonObject job) throws Exception {
    ProvisioningDeviceClientTransportProtocol protocol =
        ProvisioningDeviceClientTransportProtocol.valueOf(job.get("transport").getAsString());
    ProvisioningDeviceClient client =
        ProvisioningDeviceClient.create(host, job.get("idScope").getAsString(), protocol, identityOf(job));
    try {
      AdditionalData data = new AdditionalData();
      if (job.has("payload")) data.setProvisioningPayload(job.get("payload").toString());
      ProvisioningDeviceClientRegistrationResult result = client.registerDeviceSync(data, timeoutSeconds);
      Map<String, Object> outcome = new TreeMap<>();
      outcome.put("status", result.getProvisioningDeviceClientStatus().toString());
      outcome.put("assignedHub", result.getIothubUri());
      outcome.put("deviceId", result.getDeviceId());
      outcome.put("payload", result.getProvisioningPayload());
      return outcome;
    } finally {
      client.close();
    }
  }

  private static SecurityProvider identityOf(JsonObject job) throws Exception {
    String registrationId = job.get("registrationId").getAsString();
    if (job.has("key")) {
      return new SecurityProviderSymmetricKey(job.get("key").getAsString().getBytes(StandardCharsets.UTF_8), registrationId);
    }
    JsonObject x509 = job.getAsJsonObject("x509");
    return new CertificateProvider(registrationId, certificateOf(x509.get("cert").getAsString()), keyOf(x509.get("key").getAsString()));
  }

  private static X509Certificate certificateOf(String pem) throws Exception {
    ByteArrayInputStream bytes = new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8));
    return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(bytes);
  }

  private static PrivateKey keyOf(String pem) throws Exception {
    byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  /** A device with a certificate. */
  private static class CertificateProvider extends SecurityProviderX509 {
    private final String registrationId;
    private final X509Certificate certificate;
    private final PrivateKey key;

    CertificateProvider(String registrationId, X509Certificate certificate, PrivateKey key) {
      this.registrationId = registrationId;
      this.certificate = certificate;
      this.key = key;
    }

    @Override
    public String getClientCertificateCommonName() {
      return registrationId;
    }

    @Override
    public X509Certificate getClientCertificate() {
      return certificate;
    }

    @Override
    public Key getClientPrivateKey() {
      return key;
    }

    @Override
    public Collection<X509Certificate> getIntermediateCertificatesChain() {
      return List.of();
    }
  }
}
