// A hub in a container, for tests in Java, with org.testcontainers:testcontainers
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

public final class Hub extends GenericContainer<Hub> {
  private static final String TOKEN = "local-development-only";

  public Hub() {
    super("isohub-emulator");
    withCommand("--control-token", TOKEN, "--device", "device1");
    withExposedPorts(8883, 8080);
    waitingFor(Wait.forHttp("/health").forPort(8080));
  }

  /** Returns a device as JSON. Replace the host of its connection string with {@link #hostName}. */
  public String device(String deviceId) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(control("/devices/" + deviceId)).header("Authorization", "Bearer " + TOKEN).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  public String hostName() {
    return getHost() + ":" + getMappedPort(8883);
  }

  /** Returns the trust store with the hub's certificate authority. */
  public KeyStore trustStore() throws IOException, GeneralSecurityException {
    try (InputStream content = control("/ca.p12").toURL().openStream()) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(content, "changeit".toCharArray());
      return store;
    }
  }

  private URI control(String path) {
    return URI.create("http://" + getHost() + ":" + getMappedPort(8080) + "/control" + path);
  }
}
