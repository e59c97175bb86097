package io.netspan.it.backend;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A real Kubernetes API server with roles, and etcd behind it. There is no scheduler and no
 * kubelet: the test says where pods are and what their status is.
 */
public final class KubernetesApi implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(90);
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final String ADMIN = "token-of-the-test";
  private static final int STOP_SECONDS = 20;
  private static final Pattern KIND = Pattern.compile("(?m)^kind: (\\w+)$");

  /** The object's own: those of subjects are further to the right. */
  private static final Pattern NAMESPACE = Pattern.compile("(?m)^  namespace: (\\S+)$");

  /** Where objects of these kinds are made. */
  private static final Map<String, String> COLLECTIONS =
      Map.of(
          "Namespace", "/api/v1/namespaces",
          "ServiceAccount", "/api/v1/namespaces/%s/serviceaccounts",
          "ClusterRole", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
          "ClusterRoleBinding", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings");

  private final Path folder;
  private final int etcdPort;
  private final int peerPort;
  private final int port;
  private final Process etcd;
  private @Nullable Process server;
  private @Nullable HttpClient client;

  private KubernetesApi(Path folder, IntSupplier ports) throws IOException {
    this.folder = folder;
    this.etcdPort = ports.getAsInt();
    this.peerPort = ports.getAsInt();
    this.port = ports.getAsInt();
    this.etcd = startEtcd();
  }

  /** Starts both, and returns when the API is ready. */
  public static KubernetesApi start(Path folder, IntSupplier ports) throws Exception {
    KubernetesApi api = new KubernetesApi(folder, ports);
    try {
      api.writeKeys();
      api.startServer();
      return api;
    } catch (Exception | Error e) {
      api.close();
      throw e;
    }
  }

  private Process startEtcd() throws IOException {
    String clients = "http://127.0.0.1:" + etcdPort;
    String peers = "http://127.0.0.1:" + peerPort;
    return run(
        "etcd",
        "etcd",
        "--data-dir=" + folder.resolve("etcd"),
        "--unsafe-no-fsync",
        "--listen-client-urls=" + clients,
        "--advertise-client-urls=" + clients,
        "--listen-peer-urls=" + peers,
        "--initial-advertise-peer-urls=" + peers,
        "--initial-cluster=default=" + peers);
  }

  private void writeKeys() throws IOException, GeneralSecurityException {
    byte[] key = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate().getEncoded();
    Files.writeString(
        folder.resolve("accounts.key"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key)
            + "\n-----END PRIVATE KEY-----\n");
    Files.writeString(folder.resolve("tokens.csv"), ADMIN + ",admin,admin,system:masters\n");
  }

  /** Starts the server, also again, and returns when it is ready. */
  public void startServer() throws Exception {
    String key = folder.resolve("accounts.key").toString();
    Process started =
        run(
            "kube-apiserver",
            Programs.kubernetes().path("kube-apiserver").toString(),
            "--etcd-servers=http://127.0.0.1:" + etcdPort,
            "--cert-dir=" + folder.resolve("certificates"),
            "--bind-address=127.0.0.1",
            "--secure-port=" + port,
            "--authorization-mode=RBAC",
            "--token-auth-file=" + folder.resolve("tokens.csv"),
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=" + key,
            "--service-account-signing-key-file=" + key,
            "--service-cluster-ip-range=10.96.0.0/16",
            // Pods need no service account of their own.
            "--disable-admission-plugins=ServiceAccount");
    server = started;
    await("the API server to be ready")
        .atMost(READY_WITHIN)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> !started.isAlive() || isReady());
    if (!started.isAlive()) {
      throw new AssertionError(Files.readString(folder.resolve("kube-apiserver.log")));
    }
  }

  /** Ends the server; etcd goes on. */
  public void stopServer() {
    stop(server);
    server = null;
  }

  private Process run(String name, String... command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".log").toFile())
        .start();
  }

  private boolean isReady() {
    try {
      return Files.exists(authority()) && send("GET", "/readyz", "", "").statusCode() == 200;
    } catch (UncheckedIOException _) {
      return false; // nobody listens yet
    }
  }

  public String url() {
    return "https://127.0.0.1:" + port;
  }

  /** A file with the certificate of the authority, which the server makes itself. */
  public Path authority() {
    return folder.resolve("certificates/apiserver.crt");
  }

  /** Makes the objects of a file in YAML. */
  public void create(Path yaml) throws IOException {
    for (String one : Files.readString(yaml).split("\n---\n", -1)) {
      String path = COLLECTIONS.get(first(KIND, one));
      expect(
          send(
              "POST",
              String.valueOf(path).formatted(first(NAMESPACE, one)),
              "application/yaml",
              one));
    }
  }

  private static String first(Pattern line, String yaml) {
    Matcher found = line.matcher(yaml);
    return found.find() ? found.group(1) : "";
  }

  /** Makes an object, and returns it as it is. */
  public JsonNode create(String path, String json) {
    return expect(send("POST", path, "application/json", json));
  }

  /** Changes an object. */
  public JsonNode patch(String path, String json) {
    return expect(send("PATCH", path, "application/merge-patch+json", json));
  }

  /** Deletes an object at once. */
  public void delete(String path) {
    expect(send("DELETE", path, "application/json", "{\"gracePeriodSeconds\":0}"));
  }

  /** A token of the service account, as a pod gets it. */
  public String token(String namespace, String account) {
    return create(
            "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + account + "/token",
            """
            {"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest",\
            "spec":{"expirationSeconds":3600}}
            """)
        .at("/status/token")
        .asText();
  }

  private static JsonNode expect(HttpResponse<String> answer) {
    if (answer.statusCode() / 100 != 2) {
      throw new AssertionError(answer.statusCode() + " " + answer.body());
    }
    return Http.parse(answer.body());
  }

  private HttpResponse<String> send(String method, String path, String type, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .timeout(WITHIN)
            .header("Authorization", "Bearer " + ADMIN)
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    try {
      return client().send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private synchronized HttpClient client() throws IOException {
    HttpClient known = client;
    if (known == null) {
      known =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(WITHIN)
              .proxy(HttpClient.Builder.NO_PROXY)
              .sslContext(trust())
              .build();
      client = known;
    }
    return known;
  }

  private SSLContext trust() throws IOException {
    try (var in = Files.newInputStream(authority())) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      List<Certificate> all =
          new ArrayList<>(CertificateFactory.getInstance("X.509").generateCertificates(in));
      for (Certificate each : all) {
        store.setCertificateEntry("authority " + store.size(), each);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    stop(server);
    stop(etcd);
  }

  private static void stop(@Nullable Process process) {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly().onExit().join();
  }
}
