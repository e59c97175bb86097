package io.netspan.enrich.container;

import java.util.regex.Pattern;

/**
 * The parts of an image's name as users write it.
 *
 * @param repository without tag and digest; empty if the text is an id
 * @param tag empty if there is none
 */
public record ImageName(String repository, String tag) {
  private static final ImageName NONE = new ImageName("", "");
  private static final Pattern ID = Pattern.compile("(sha256:)?[0-9a-f]{12,64}");

  /** Takes a name apart. */
  public static ImageName of(String written) {
    if (ID.matcher(written).matches()) {
      return NONE;
    }
    int digest = written.indexOf('@');
    String name = digest < 0 ? written : written.substring(0, digest);
    // A colon before a slash is that of the registry's port.
    int colon = name.lastIndexOf(':');
    return colon > name.lastIndexOf('/')
        ? new ImageName(name.substring(0, colon), name.substring(colon + 1))
        : new ImageName(name, "");
  }
}
