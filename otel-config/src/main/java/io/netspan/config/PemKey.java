package io.netspan.config;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Private keys in PEM: PKCS#8, and the older forms that OpenSSL, Go and cert-manager write, PKCS#1
 * ({@code RSA PRIVATE KEY}) and SEC1 ({@code EC PRIVATE KEY}). The JDK reads only PKCS#8, so the
 * others are wrapped in it.
 */
final class PemKey {
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----(.*?)-----END \\1-----", Pattern.DOTALL);

  private static final int INTEGER = 0x02;
  private static final int OCTET_STRING = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int PARAMETERS = 0xa0;

  private static final byte[] VERSION_0 = {INTEGER, 1, 0};

  /** {@code rsaEncryption}, 1.2.840.113549.1.1.1, and its NULL parameters. */
  private static final byte[] RSA = {
    0x06,
    0x09,
    0x2a,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xf7,
    0x0d,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  /** {@code id-ecPublicKey}, 1.2.840.10045.2.1; the curve follows. */
  private static final byte[] EC = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
  };

  private PemKey() {}

  /**
   * The first private key in the text.
   *
   * @throws GeneralSecurityException if there is none that can be used; its message says why, to
   *     follow the name of the file
   */
  static PrivateKey parse(String text) throws GeneralSecurityException {
    Matcher block = BLOCK.matcher(text);
    if (!block.find()) {
      throw new InvalidKeyException("has no private key in PEM (-----BEGIN PRIVATE KEY-----)");
    }
    String kind = block.group(1);
    String body = block.group(2);
    if (kind.startsWith("ENCRYPTED") || body.contains("ENCRYPTED")) {
      throw new InvalidKeyException(
          "is encrypted, and netspan asks for no passphrase: write it without, 'openssl pkey -in"
              + " FILE' does");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(body);
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyException("has a private key that is no Base64", e);
    }
    return switch (kind) {
      case "PRIVATE KEY" -> key(der, List.of("RSA", "EC", "EdDSA", "RSASSA-PSS"));
      case "RSA PRIVATE KEY" -> key(envelope(RSA, der), List.of("RSA"));
      case "EC PRIVATE KEY" -> key(envelope(concat(EC, curve(der)), der), List.of("EC"));
      default -> throw new InvalidKeyException("has a key of a kind that TLS cannot use: " + kind);
    };
  }

  private static PrivateKey key(byte[] pkcs8, List<String> algorithms)
      throws GeneralSecurityException {
    for (String algorithm : algorithms) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        // Try the next algorithm.
      }
    }
    throw new InvalidKeyException("has a private key that makes no sense as RSA, EC or EdDSA");
  }

  private static byte[] envelope(byte[] algorithm, byte[] key) {
    return element(
        SEQUENCE,
        concat(VERSION_0, concat(element(SEQUENCE, algorithm), element(OCTET_STRING, key))));
  }

  /** The parameters of {@code ECPrivateKey}: version, key, [0] parameters, [1] public key. */
  private static byte[] curve(byte[] der) throws InvalidKeyException {
    try {
      int at = valueAt(der, 0);
      while (at < der.length) {
        int from = valueAt(der, at);
        int end = from + length(der, at);
        if ((der[at] & 0xff) == PARAMETERS) {
          return Arrays.copyOfRange(der, from, end);
        }
        at = end;
      }
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new InvalidKeyException("has an EC key that is cut off", e);
    }
    throw new InvalidKeyException("has an EC key that does not name its curve");
  }

  /** Where the value of the element at this offset begins. */
  private static int valueAt(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = length << 8 | (der[at + 2 + i] & 0xff);
    }
    if (length < 0) {
      throw new IndexOutOfBoundsException(at);
    }
    return length;
  }

  private static byte[] element(int tag, byte[] value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (value.length < 0x80) {
      out.write(value.length);
    } else {
      out.write(0x82);
      out.write(value.length >> 8);
      out.write(value.length);
    }
    out.writeBytes(value);
    return out.toByteArray();
  }

  private static byte[] concat(byte[] first, byte[] second) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(first);
    out.writeBytes(second);
    return out.toByteArray();
  }
}
