package io.netspan.enrich.proc;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The names of other machines in a hosts file (hosts(5)). The first name of the first line that has
 * an address counts, as for a resolver. Addresses and names that each machine has for itself
 * (loopback, {@code localhost}), addresses that are no machine's ({@code 0.0.0.0}, which blocks a
 * name; multicast) and lines that make no sense are left out.
 */
public final class HostsFile {
  static final int MOST_BYTES = 4 << 20;
  static final int MOST_NAMES = 16_384;

  /** {@code InetAddress} also reads {@code 10} and {@code 10.1}. */
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F.]*:[0-9a-fA-F:.]*");

  /** RFC 1123, and the underscores that occur. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})");

  private static final Pattern BLANKS = Pattern.compile("[ \\t\\r\\f]+");

  /**
   * What a file says.
   *
   * @param names in the order of the file
   * @param problems what was left out and why, as sentences; at most a few
   */
  public record Content(Map<InetAddress, String> names, List<String> problems) {
    public static final Content EMPTY = new Content(Map.of(), List.of());
  }

  private HostsFile() {}

  /**
   * Reads a file of at most 4 MiB and 16,384 names; the rest is left out and reported.
   *
   * @throws IOException if it cannot be read
   */
  public static Content read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      String text =
          new String(bytes, 0, Math.min(bytes.length, MOST_BYTES), StandardCharsets.UTF_8);
      return parse(text, bytes.length > MOST_BYTES);
    }
  }

  static Content parse(String text, boolean cutOff) {
    Map<InetAddress, String> names = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    int wrong = 0;
    int firstWrong = 0;
    int number = 0;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      number++;
      if (names.size() >= MOST_NAMES) {
        problems.add("only the first " + MOST_NAMES + " names count, up to line " + (number - 1));
        break;
      }
      if (!take(line, names)) {
        firstWrong = wrong++ == 0 ? number : firstWrong;
      }
    }
    if (wrong > 0) {
      problems.add(
          wrong + " lines are not an address and host names, the first is line " + firstWrong);
    }
    if (cutOff) {
      problems.add("only the first " + (MOST_BYTES >> 20) + " MiB count");
    }
    return new Content(names, List.copyOf(problems));
  }

  /** Takes what a line says; false if it makes no sense. */
  private static boolean take(String line, Map<InetAddress, String> to) {
    int comment = line.indexOf('#');
    String said = (comment < 0 ? line : line.substring(0, comment)).strip();
    if (said.isEmpty()) {
      return true;
    }
    String[] words = BLANKS.split(said, 3);
    int scope = words[0].indexOf('%');
    if (scope > 0) {
      return true; // An address that is valid on one link only.
    }
    if (words.length < 2
        || !ADDRESS.matcher(words[0]).matches()
        || !NAME.matcher(words[1]).matches()) {
      return false;
    }
    try {
      InetAddress address = InetAddress.ofLiteral(words[0]);
      if (!address.isLoopbackAddress()
          && !address.isAnyLocalAddress()
          && !address.isMulticastAddress()
          && !isLocal(words[1])) {
        to.putIfAbsent(address, words[1]);
      }
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isLocal(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith("localhost")
        || lower.endsWith(".localhost")
        || lower.startsWith("ip6-");
  }
}
