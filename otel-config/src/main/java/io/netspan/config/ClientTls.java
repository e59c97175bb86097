package io.netspan.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS to a backend, from the files with its authorities' certificates and the client's key and
 * certificate.
 *
 * @param keys the client's key and certificate; null if there is none
 * @param expiry when the client's certificate is no longer valid, if there is one
 * @param clientFiles the names of the client's certificate and key, for a sentence
 * @param files what was read
 * @param readAs the versions of the files before they were read
 */
public record ClientTls(
    SSLContext context,
    X509ExtendedTrustManager trust,
    @Nullable X509ExtendedKeyManager keys,
    Optional<Instant> expiry,
    String clientFiles,
    TlsFiles files,
    List<String> readAs) {

  private static final char[] NO_PASSWORD = {};
  private static final String NO_CERTIFICATE =
      "has no certificate in PEM (-----BEGIN CERTIFICATE-----)";

  /**
   * Empty if none of the files is named: then the JDK's defaults apply.
   *
   * @param authorities the file with the certificates that a backend's is checked against
   * @param key the file with the client's private key
   * @param certificate the file with the client's certificate and those that lead to an authority
   * @throws ConfigException if a file cannot be used
   */
  public static Optional<ClientTls> of(
      @Nullable Setting authorities, @Nullable Setting key, @Nullable Setting certificate) {
    return authorities == null && key == null && certificate == null
        ? Optional.empty()
        : Optional.of(new TlsFiles(authorities, key, certificate).read());
  }

  static ClientTls read(TlsFiles files) {
    Setting key = files.key();
    Setting certificate = files.certificate();
    List<String> versions = files.versions();
    try {
      X509ExtendedTrustManager trust = trust(files.authorities());
      SSLContext context = SSLContext.getInstance("TLS");
      if (key == null && certificate == null) {
        context.init(null, new TrustManager[] {trust}, null);
        return new ClientTls(context, trust, null, Optional.empty(), "", files, versions);
      }
      if (key == null || certificate == null) {
        throw onlyOne(key, certificate);
      }
      X509Certificate[] chain = chain(certificate);
      X509ExtendedKeyManager keys = keys(key, certificate, chain);
      context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
      return new ClientTls(
          context,
          trust,
          keys,
          Optional.of(chain[0].getNotAfter().toInstant()),
          certificate.value() + " with the key " + key.value(),
          files,
          versions);
    } catch (GeneralSecurityException | IOException e) {
      throw new ConfigException(List.of("TLS cannot be set up: " + e.getMessage()));
    }
  }

  private static ConfigException onlyOne(@Nullable Setting key, @Nullable Setting certificate) {
    Setting set = key != null ? key : certificate;
    String name = set == null ? "" : set.name();
    String other =
        key == null
            ? name.replace("CLIENT_CERTIFICATE", "CLIENT_KEY").replace("cert_file", "key_file")
            : name.replace("CLIENT_KEY", "CLIENT_CERTIFICATE").replace("key_file", "cert_file");
    return new ConfigException(
        List.of(
            name
                + " is '"
                + (set == null ? "" : set.value())
                + "', but "
                + other
                + " is not set: set both or none"));
  }

  private static X509ExtendedTrustManager trust(@Nullable Setting authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = null;
    if (authorities != null) {
      store = emptyStore();
      int index = 0;
      for (Certificate certificate : certificates(authorities)) {
        store.setCertificateEntry("ca" + index++, certificate);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("this Java checks no certificates");
  }

  private static X509ExtendedKeyManager keys(
      Setting key, Setting certificate, X509Certificate[] chain)
      throws GeneralSecurityException, IOException {
    PrivateKey parsed;
    try {
      parsed = PemKey.parse(new String(bytes(key), StandardCharsets.ISO_8859_1));
    } catch (GeneralSecurityException e) {
      throw unusable(key, e.getMessage());
    }
    if (!belong(parsed, chain[0].getPublicKey())) {
      throw unusable(
          key,
          "is not the key of the certificate in "
              + certificate.value()
              + " ("
              + certificate.name()
              + "): name a pair that belongs together, the client's own certificate first");
    }
    KeyStore store = emptyStore();
    store.setKeyEntry("client", parsed, NO_PASSWORD, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    for (KeyManager manager : factory.getKeyManagers()) {
      if (manager instanceof X509ExtendedKeyManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("this Java uses no keys");
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static X509Certificate[] chain(Setting certificate) {
    return certificates(certificate).toArray(X509Certificate[]::new);
  }

  private static Collection<? extends Certificate> certificates(Setting setting) {
    byte[] content = bytes(setting);
    String text = new String(content, StandardCharsets.ISO_8859_1);
    if (text.contains("-----BEGIN ") && !text.contains("CERTIFICATE-----")) {
      throw unusable(setting, NO_CERTIFICATE);
    }
    try {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(content));
      if (!all.isEmpty()) {
        return all;
      }
    } catch (CertificateException e) {
      throw unusable(setting, "has a certificate that cannot be read: " + e.getMessage());
    }
    throw unusable(setting, NO_CERTIFICATE);
  }

  /** Whether the certified public key verifies a signature of the private key. */
  private static boolean belong(PrivateKey key, PublicKey certified)
      throws GeneralSecurityException {
    if (!key.getAlgorithm().equals(certified.getAlgorithm())) {
      return false;
    }
    Signature signature = Signature.getInstance(scheme(key.getAlgorithm()));
    byte[] text = {'n'};
    signature.initSign(key);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(certified);
    signature.update(text);
    try {
      return signature.verify(signed);
    } catch (SignatureException e) {
      return false;
    }
  }

  private static String scheme(String algorithm) {
    return switch (algorithm) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> algorithm;
    };
  }

  private static byte[] bytes(Setting setting) {
    try {
      Path file = Path.of(setting.value());
      if (NamedPipe.is(file)) {
        throw unusable(setting, "is a named pipe");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw unusable(setting, "does not exist");
    } catch (IOException | IllegalArgumentException e) {
      throw unusable(setting, "cannot be read: " + e);
    }
  }

  private static ConfigException unusable(Setting setting, @Nullable String why) {
    return new ConfigException(
        List.of(setting.name() + ": the file '" + setting.value() + "' " + why));
  }
}
