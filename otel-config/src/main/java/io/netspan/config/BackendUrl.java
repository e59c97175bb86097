package io.netspan.config;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URL of a backend.
 *
 * <p>{@link URI} takes a host name apart only if it follows RFC 952: no underscore, and a last
 * label that begins with a letter. DNS has no such rule, and the names of Compose services and
 * Kubernetes namespaces do not follow it. Since the SDK's exporters insist on {@link URI#getHost},
 * they are given a stand-in for such a name, from which the senders restore the original.
 *
 * @param host as written, an IPv6 address in brackets; empty with a unix domain socket
 * @param port as written, or the scheme's own; 0 with a unix domain socket
 * @param portText {@code :4317}, or empty if none was written
 * @param path what follows, empty if nothing does; the path of a unix domain socket
 */
public record BackendUrl(String scheme, String host, int port, String portText, String path) {
  private static final Pattern FORM =
      Pattern.compile(
          "(?i)(https?)://(?:[^/?#@]*@)?(\\[[0-9a-f:.]+(?:%[\\w.-]+)?]|[\\w.-]+)(?::(\\d{0,5}))?(/.*)?");

  private static final Pattern LABEL = Pattern.compile("[\\w-]{1,63}");
  private static final Pattern ESCAPE = Pattern.compile("z(.)");
  private static final int LONGEST_HOST = 253;
  private static final int HIGHEST_PORT = 65_535;

  /** The last label of a stand-in; no name of DNS ends so. */
  private static final String STAND_IN = ".netspan-stand-in";

  /** Empty if the text is neither {@code http[s]://host[:port][/path]} nor {@code unix:///path}. */
  public static Optional<BackendUrl> parse(String text) {
    Optional<BackendUrl> unix =
        UnixSocket.path(text).map(path -> new BackendUrl(UnixSocket.SCHEME, "", 0, "", path));
    if (unix.isPresent()) {
      return unix;
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || !isHost(matcher.group(2))) {
      return Optional.empty();
    }
    String scheme = matcher.group(1).toLowerCase(Locale.ROOT);
    String port = matcher.group(3) == null ? "" : matcher.group(3);
    int number = port.isEmpty() ? standardPort(scheme) : Integer.parseInt(port);
    if (number < 1 || number > HIGHEST_PORT) {
      return Optional.empty();
    }
    return Optional.of(
        new BackendUrl(
            scheme,
            matcher.group(2),
            number,
            port.isEmpty() ? "" : ":" + port,
            matcher.group(4) == null ? "" : matcher.group(4)));
  }

  private static int standardPort(String scheme) {
    return "https".equals(scheme) ? 443 : 80;
  }

  private static boolean isHost(String host) {
    if (host.startsWith("[")) {
      try {
        InetAddress.ofLiteral(host.substring(1, host.length() - 1));
        return true;
      } catch (IllegalArgumentException e) {
        // InetAddress rejects a scope that names an unknown interface; the literal is accepted
        // here.
        return host.contains("%");
      }
    }
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    return name.length() <= LONGEST_HOST
        && List.of(name.split("\\.", -1)).stream()
            .allMatch(label -> LABEL.matcher(label).matches());
  }

  /** Whether the connection is encrypted. */
  public boolean encrypted() {
    return "https".equals(scheme);
  }

  /** The path of the backend's unix domain socket, if it has one. */
  public Optional<Path> socket() {
    return scheme.equals(UnixSocket.SCHEME) ? Optional.of(Path.of(path)) : Optional.empty();
  }

  /** The unix domain socket for which the host of such a URL stands, if it does. */
  public static Optional<Path> socket(URI endpoint) {
    return UnixSocket.of(endpoint.getHost());
  }

  /** The same URL in a form whose host {@link URI} can parse. */
  public String forTheSdk() {
    if (socket().isPresent()) {
      return "http://" + UnixSocket.standIn(path);
    }
    String known = parsed(scheme + "://" + host) ? host : standIn(host);
    return scheme + "://" + known + portText + path;
  }

  private static boolean parsed(String url) {
    try {
      return URI.create(url).getHost() != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The real host of a URL from {@link #forTheSdk}; an IPv6 address is in brackets. */
  public static String host(URI endpoint) {
    String host = endpoint.getHost();
    return host.endsWith(STAND_IN)
        ? original(host.substring(0, host.length() - STAND_IN.length()))
        : host;
  }

  /**
   * Letters and digits stay, so the name can still be read in the SDK's own metrics; z begins an
   * escape. A hyphen may stand within a label only.
   */
  private static String standIn(String host) {
    List<String> labels = new ArrayList<>();
    for (String label : host.split("\\.", -1)) {
      labels.add(
          label
              .replace("z", "zz")
              .replace("_", "zu")
              .replaceAll("^-|-$", "zm")
              .replaceAll("^$", "zd"));
    }
    return String.join(".", labels) + STAND_IN;
  }

  private static String original(String standIn) {
    return ESCAPE
        .matcher(standIn)
        .replaceAll(
            escape ->
                switch (escape.group(1)) {
                  case "u" -> "_";
                  case "m" -> "-";
                  case "d" -> "";
                  default -> "z";
                });
  }

  /** A text that may be no URL, without user and password. */
  public static String withoutUserInfo(String text) {
    // Up to the last @: a password in something that is no URL may have any character.
    return text.replaceFirst("^([a-zA-Z]+://)?.*@", "$1");
  }

  /** Without user and password. */
  @Override
  public String toString() {
    return scheme + "://" + host + portText + path;
  }
}
