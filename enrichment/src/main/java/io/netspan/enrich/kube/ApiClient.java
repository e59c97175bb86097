package io.netspan.enrich.kube;

import com.fasterxml.jackson.core.JsonParser;
import io.netspan.enrich.json.BoundedInput;
import io.netspan.enrich.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Asks the API. Token and certificates are read for each question, so renewed ones are used by the
 * next.
 */
final class ApiClient implements AutoCloseable {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final int LARGEST_FILE = 1 << 20;
  private static final int LARGEST_ERROR = 64 << 10;
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int GONE = 410;

  private final ApiServer server;
  private @Nullable Trusting trusting;

  /** A client that trusts these certificates. */
  private record Trusting(String certificates, HttpClient http) {}

  ApiClient(ApiServer server) {
    this.server = server;
  }

  /**
   * The body of the answer, which the caller closes.
   *
   * @param question path and query
   * @param within the longest time until the body begins
   */
  InputStream get(String question, String accept, Duration within)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.url().resolve(question))
            .timeout(within)
            .header("Accept", accept)
            .header("User-Agent", "netspan");
    if (server.isSecret()) {
      request.header("Authorization", "Bearer " + token());
    }
    HttpResponse<InputStream> answer =
        http().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    if (answer.statusCode() == OK) {
      return answer.body();
    }
    try (InputStream body = answer.body()) {
      throw failure(answer.statusCode(), body);
    }
  }

  /** A status of the API as a failure. */
  static KubeFailure failure(int status, String message) {
    KubeProblem problem =
        switch (status) {
          case UNAUTHORIZED -> KubeProblem.UNAUTHORIZED;
          case FORBIDDEN -> KubeProblem.FORBIDDEN;
          case GONE -> KubeProblem.GONE;
          default -> KubeProblem.REFUSED;
        };
    return new KubeFailure(problem, "status " + status + ": " + message);
  }

  private static KubeFailure failure(int status, InputStream body) {
    try (JsonParser parser = Json.parser(new BoundedInput(body, LARGEST_ERROR))) {
      parser.nextToken();
      return failure(status, StatusReader.read(parser).message());
    } catch (IOException _) { // A proxy may answer, and not in JSON.
      return failure(status, "no reason is given");
    }
  }

  private String token() throws KubeFailure {
    String token = file(server.token()).strip();
    if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
      throw new KubeFailure(KubeProblem.NO_CREDENTIALS, server.token() + " has no token");
    }
    return token;
  }

  /** A client; a new one if the certificates have changed. */
  private synchronized HttpClient http() throws KubeFailure {
    String certificates = server.isSecret() ? file(server.authority()) : "";
    Trusting known = trusting;
    if (known == null || !known.certificates().equals(certificates)) {
      known = new Trusting(certificates, client(certificates));
      trusting = known; // Streams of the one before go on.
    }
    return known.http();
  }

  private HttpClient client(String certificates) throws KubeFailure {
    // Over HTTP/1.1 each watch has a connection of its own, which ends with it.
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_WITHIN)
            .proxy(HttpClient.Builder.NO_PROXY);
    if (server.isSecret()) {
      client.sslContext(trust(certificates));
    }
    return client.build();
  }

  private SSLContext trust(String certificates) throws KubeFailure {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      byte[] pem = certificates.getBytes(StandardCharsets.ISO_8859_1);
      for (Certificate each :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))) {
        store.setCertificateEntry("authority " + store.size(), each);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new KubeFailure(
          KubeProblem.NO_CREDENTIALS, server.authority() + " has no certificates", e);
    }
  }

  private static String file(Path file) throws KubeFailure {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LARGEST_FILE), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new KubeFailure(KubeProblem.NO_CREDENTIALS, "cannot read " + file, e);
    }
  }

  /** Ends all questions. */
  @Override
  public synchronized void close() {
    if (trusting != null) {
      trusting.http().shutdownNow();
    }
  }
}
