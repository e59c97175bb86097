package io.netspan.enrich.secret;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides by its name whether an option, variable or header is likely to hold a secret. In doubt
 * the answer is yes.
 */
final class SecretNames {
  private static final List<String> ANYWHERE =
      List.of(
          "password",
          "passwd",
          "passphrase",
          "passcode",
          "passwort",
          "pwd",
          "secret",
          "token",
          "credential",
          "apikey",
          "accesskey",
          "privatekey",
          "authorization",
          "bearer",
          "cookie",
          "signature",
          "jwt",
          "connectionstring",
          "connstr");

  private static final List<String> AT_THE_END = List.of("pass", "auth", "pw", "psk");

  private static final Set<String> AS_A_WORD =
      Set.of("pass", "auth", "pw", "pin", "sig", "dsn", "cred", "creds", "otp", "salt", "passin");

  private static final Pattern WORD_END = Pattern.compile("[^A-Za-z0-9]|(?<=[a-z])(?=[A-Z])");

  /** The shortest meaningful names have two letters. */
  private static final int SHORTEST = 2;

  private static final Set<String> SCHEMES = Set.of("bearer", "basic", "digest", "negotiate");

  private SecretNames() {}

  /**
   * A name that is given a value: by an equals sign, a colon, or as an option before an argument.
   */
  static boolean matches(String name) {
    return name.length() >= SHORTEST && (matchesBare(name) || letters(name).endsWith("key"));
  }

  /**
   * A word on its own, which may also be a command: {@code AUTH}, {@code requirepass}, {@code
   * Bearer}.
   */
  static boolean matchesBare(String name) {
    String letters = letters(name);
    if (ANYWHERE.stream().anyMatch(letters::contains)
        || AT_THE_END.stream().anyMatch(letters::endsWith)
        || SCHEMES.contains(letters)) {
      return true;
    }
    for (String word : WORD_END.split(name, -1)) {
      if (AS_A_WORD.contains(word.toLowerCase(Locale.ROOT))) {
        return true;
      }
    }
    return false;
  }

  private static String letters(String name) {
    StringBuilder letters = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= 'a' && c <= 'z') {
        letters.append(c);
      } else if (c >= 'A' && c <= 'Z') {
        letters.append((char) (c + ('a' - 'A')));
      }
    }
    return letters.toString();
  }
}
