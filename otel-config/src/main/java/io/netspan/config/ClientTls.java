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
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS to a backend, from the files with its authorities' certificates and the client's key and
 * certificate. They are read once.
 *
 * @param expiry when the client's certificate is no longer valid, if there is one
 * @param clientFiles the names of the client's certificate and key, for a sentence
 */
public record ClientTls(
    SSLContext context, X509TrustManager trust, Optional<Instant> expiry, String clientFiles) {

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
    if (authorities == null && key == null && certificate == null) {
      return Optional.empty();
    }
    try {
      X509TrustManager trust = trust(authorities);
      SSLContext context = SSLContext.getInstance("TLS");
      if (key == null && certificate == null) {
        context.init(null, new TrustManager[] {trust}, null);
        return Optional.of(new ClientTls(context, trust, Optional.empty(), ""));
      }
      if (key == null || certificate == null) {
        throw onlyOne(key, certificate);
      }
      X509Certificate[] chain = chain(certificate);
      context.init(keys(key, certificate, chain), new TrustManager[] {trust}, null);
      return Optional.of(
          new ClientTls(
              context,
              trust,
              Optional.of(chain[0].getNotAfter().toInstant()),
              certificate.value() + " with the key " + key.value()));
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

  private static X509TrustManager trust(@Nullable Setting authorities)
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
      if (manager instanceof X509TrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("this Java checks no certificates");
  }

  private static KeyManager[] keys(Setting key, Setting certificate, X509Certificate[] chain)
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
    return factory.getKeyManagers();
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
      return Files.readAllBytes(Path.of(setting.value()));
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
