package io.netspan.config;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The unix domain socket of a backend, {@code unix:///run/otelcol.sock}. The SDK's exporters take
 * no such URL, so they are given an {@code http} one whose host stands for the path of the socket.
 */
final class UnixSocket {
  static final String SCHEME = "unix";

  private static final Pattern FORM = Pattern.compile("(?i)unix://(/[^\\x00]+)");
  private static final Pattern STAND_IN = Pattern.compile("((?:[a-y0-9]|z[0-9a-f]{2})+)\\.(.+)");

  /** The last label of a stand-in; no name of DNS ends so. */
  private static final String LAST_LABEL = "netspan-unix-socket";

  /** The bytes of {@code sun_path} without the NUL at their end. */
  private static final int LONGEST_PATH = 107;

  private UnixSocket() {}

  /** The path in such a URL; empty if the text is none. */
  static Optional<String> path(String url) {
    return Optional.of(FORM.matcher(url))
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .filter(path -> path.getBytes(StandardCharsets.UTF_8).length <= LONGEST_PATH);
  }

  /** A host of HTTP that stands for the path; letters and digits can still be read in it. */
  static String standIn(String path) {
    StringBuilder host = new StringBuilder();
    for (byte part : path.getBytes(StandardCharsets.UTF_8)) {
      boolean stays = (part >= 'a' && part < 'z') || (part >= '0' && part <= '9');
      host.append(stays ? (char) part : "z" + HexFormat.of().toHexDigits(part));
    }
    return host.append('.').append(LAST_LABEL).toString();
  }

  /** The path for which the host stands; empty if it is another host. */
  static Optional<Path> of(@Nullable String host) {
    Matcher matcher = STAND_IN.matcher(host == null ? "" : host);
    if (!matcher.matches() || !matcher.group(2).equals(LAST_LABEL)) {
      return Optional.empty();
    }
    String escaped = matcher.group(1);
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    for (int i = 0; i < escaped.length(); i++) {
      char at = escaped.charAt(i);
      if (at == 'z') {
        path.write(HexFormat.fromHexDigits(escaped, i + 1, i + 3));
        i += 2;
      } else {
        path.write(at);
      }
    }
    return Optional.of(Path.of(path.toString(StandardCharsets.UTF_8)));
  }
}
