package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys and certificates were made with OpenSSL for these tests and are used nowhere else. */
final class ClientTlsTest {
  private static final Path FILES = Path.of("src/test/resources/io/netspan/config/tls");

  /** {@code NAME=file} of OTEL_EXPORTER_OTLP_NAME. */
  private static ClientTls of(String... files) {
    Map<String, Setting> settings = new HashMap<>();
    for (String file : files) {
      String[] parts = file.split("=", 2);
      settings.put(
          parts[0],
          new Setting("OTEL_EXPORTER_OTLP_" + parts[0], FILES.resolve(parts[1]).toString()));
    }
    return ClientTls.of(
            settings.get("CERTIFICATE"),
            settings.get("CLIENT_KEY"),
            settings.get("CLIENT_CERTIFICATE"))
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "rsa-pkcs8.key, rsa.crt",
    "rsa-pkcs1.key, rsa.crt",
    "ec-pkcs8.key, ec.crt",
    "ec-sec1.key, ec.crt",
    "ed25519-pkcs8.key, ed25519.crt",
  })
  void everyFormOfAKeyIsTaken(String key, String certificate) {
    ClientTls tls = of("CLIENT_KEY=" + key, "CLIENT_CERTIFICATE=" + certificate);

    assertThat(tls.clientFiles()).contains(key, certificate);
    assertThat(tls.expiry()).isPresent();
  }

  @Test
  void authoritiesAreThoseOfTheFile() {
    assertThat(of("CERTIFICATE=rsa.crt").trust().getAcceptedIssuers()).hasSize(1);
    assertThat(of("CERTIFICATE=rsa.crt").expiry()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "CERTIFICATE=rsa-pkcs8.key, no certificate",
    "CERTIFICATE=no-such.pem, does not exist",
    "CERTIFICATE=., cannot be read",
    "CLIENT_KEY=rsa-pkcs8.key, OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE is not set",
    "CLIENT_CERTIFICATE=rsa.crt, OTEL_EXPORTER_OTLP_CLIENT_KEY is not set",
    "CLIENT_KEY=ec-sec1.key CLIENT_CERTIFICATE=rsa.crt, is not the key of the certificate",
    "CLIENT_KEY=rsa.crt CLIENT_CERTIFICATE=rsa.crt, no private key",
    "CLIENT_KEY=rsa-encrypted.key CLIENT_CERTIFICATE=rsa.crt, is encrypted",
    "CLIENT_KEY=rsa-pkcs8.key CLIENT_CERTIFICATE=rsa-pkcs8.key, no certificate",
  })
  void whatCannotBeUsedIsNamedWithItsFile(String files, String reason) {
    String first = files.split("[= ]", -1)[1];
    assertThatThrownBy(() -> of(files.split(" ", -1)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("OTEL_EXPORTER_OTLP_")
        .hasMessageContaining(first)
        .hasMessageContaining(reason);
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aNamedPipeIsNoFile(@TempDir Path directory) throws IOException, InterruptedException {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> of("CERTIFICATE=" + pipe.toAbsolutePath()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("pipe' is a named pipe");
  }

  @Test
  void aKeyThatIsCutOffIsSaidToBe(@TempDir Path directory) throws IOException {
    String key = Files.readString(FILES.resolve("ec-sec1.key"));
    String[] lines = key.split("\n", -1);
    Path cut = directory.resolve("cut.key");
    Files.writeString(
        cut, "-----BEGIN EC PRIVATE KEY-----\n" + lines[4] + "\n-----END EC PRIVATE KEY-----\n");
    assertThatThrownBy(() -> of("CLIENT_KEY=" + cut.toAbsolutePath(), "CLIENT_CERTIFICATE=ec.crt"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cut.key");
  }
}
