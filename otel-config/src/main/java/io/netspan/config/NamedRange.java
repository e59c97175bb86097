package io.netspan.config;

import java.util.regex.Pattern;

/** A name for the services at the addresses of a range. */
public record NamedRange(AddressRange range, String name) {
  private static final String REMEDY = "write RANGE=NAME, such as 10.1.2.0/24=billing";
  private static final int LONGEST_NAME = 255;

  /** {@code InetAddress} also reads fewer parts: {@code 10/8} would be a range of 0.0.0.10. */
  private static final Pattern ADDRESS =
      Pattern.compile("(\\d+\\.\\d+\\.\\d+\\.\\d+|[0-9a-fA-F.]*:[0-9a-fA-F:.]*)(/\\d+)?");

  public static final Form<NamedRange> FORM = Form.of(NamedRange::parse, _ -> true, "");

  /**
   * Reads {@code 10.1.2.0/24=billing} or {@code fd00::/8=corp}; without a length, the range is the
   * one address.
   *
   * @throws ConfigException if the text is neither
   */
  public static NamedRange parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw ConfigException.unreadable(text, REMEDY);
    }
    return of(text.substring(0, equals).strip(), text.substring(equals + 1).strip(), REMEDY);
  }

  /**
   * Reads the two parts.
   *
   * @param remedy how to write a range with its name
   */
  static NamedRange of(String addresses, String name, String remedy) {
    if (!ADDRESS.matcher(addresses).matches()) {
      throw ConfigException.unreadable(addresses, remedy);
    }
    AddressRange range = AddressRange.parse(addresses);
    if (!range.equals(range.masked())) {
      throw ConfigException.unreadable(
          addresses,
          "the address has bits beyond the prefix; write "
              + range.masked().written()
              + ", or "
              + addresses.substring(0, addresses.indexOf('/'))
              + " for the one address");
    }
    if (name.isEmpty()
        || name.length() > LONGEST_NAME
        || name.codePoints().anyMatch(NamedRange::isUnprintable)) {
      throw ConfigException.unreadable(
          addresses, "the name must have 1 to " + LONGEST_NAME + " characters, all printable");
    }
    return new NamedRange(range, name);
  }

  private static boolean isUnprintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
