package io.netspan.receiver.export;

import io.netspan.config.ClientTls;
import io.netspan.config.ConfigException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS to a backend whose files may be replaced while the agent runs. Each handshake checks whether
 * one of them has changed, and then reads all of them. If they cannot be used, those read last stay
 * in use, and a log line says so once per change. May be used by any thread.
 */
final class RenewedTls {
  private static final System.Logger LOG = System.getLogger("netspan.export");

  private final SSLContext context;
  private final Trust trust = new Trust();
  private ClientTls current;
  private ClientTls previous;
  private int generation;
  private List<String> seen;

  /** Begins with what was read at the start. */
  RenewedTls(ClientTls first) {
    current = first;
    previous = first;
    // The files were read a moment ago, and may have changed since; then the first handshake reads
    // them again.
    seen = first.readAs();
    try {
      context = SSLContext.getInstance("TLS");
      KeyManager[] keys = first.keys() == null ? null : new KeyManager[] {new Keys()};
      context.init(keys, new TrustManager[] {trust}, null);
    } catch (GeneralSecurityException e) {
      throw new ConfigException(List.of("TLS cannot be set up: " + e.getMessage()));
    }
  }

  SSLContext context() {
    return context;
  }

  X509TrustManager trust() {
    return trust;
  }

  /** What is in use, read again if a file has changed. */
  private synchronized ClientTls renewed() {
    List<String> now = current.files().versions();
    if (now.equals(seen)) {
      return current;
    }
    seen = now;
    try {
      ClientTls read = current.files().read();
      previous = current;
      current = read;
      generation++;
      forgetSessions();
      LOG.log(
          System.Logger.Level.INFO,
          "the certificates and keys for TLS to a backend have changed and are used from now on: {0}",
          read.files());
    } catch (ConfigException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "changed certificates or keys cannot be used, so those read before stay in use: {0}",
          e.getMessage());
    }
    return current;
  }

  /** A resumed session would not show the new certificate. */
  private void forgetSessions() {
    SSLSessionContext sessions = context.getClientSessionContext();
    for (byte[] id : Collections.list(sessions.getIds())) {
      SSLSession session = sessions.getSession(id);
      if (session != null) {
        session.invalidate();
      }
    }
  }

  /** The alias with its generation, so that a handshake gets a key and a chain that match. */
  private synchronized @Nullable String named(@Nullable String alias) {
    return alias == null ? null : generation + ":" + alias;
  }

  private synchronized @Nullable X509ExtendedKeyManager keysOf(String alias) {
    return alias.startsWith(generation + ":") ? current.keys() : previous.keys();
  }

  private static String original(String alias) {
    return alias.substring(alias.indexOf(':') + 1);
  }

  private final class Keys extends X509ExtendedKeyManager {
    @Override
    public @Nullable String chooseEngineClientAlias(
        String[] types, Principal[] issuers, SSLEngine engine) {
      X509ExtendedKeyManager keys = renewed().keys();
      return keys == null ? null : named(keys.chooseEngineClientAlias(types, issuers, engine));
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      X509ExtendedKeyManager keys = renewed().keys();
      return keys == null ? null : named(keys.chooseClientAlias(types, issuers, socket));
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      X509ExtendedKeyManager keys = keysOf(alias);
      return keys == null ? null : keys.getCertificateChain(original(alias));
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      X509ExtendedKeyManager keys = keysOf(alias);
      return keys == null ? null : keys.getPrivateKey(original(alias));
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal[] issuers) {
      return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal[] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return null;
    }
  }

  private final class Trust extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      renewed().trust().checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      renewed().trust().checkServerTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      renewed().trust().checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("netspan has no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("netspan has no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("netspan has no clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return renewed().trust().getAcceptedIssuers();
    }
  }
}
