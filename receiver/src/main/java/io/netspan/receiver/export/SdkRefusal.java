package io.netspan.receiver.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Why the SDK refuses its settings, in a sentence. */
final class SdkRefusal {
  private static final Pattern PROPERTY = Pattern.compile("\\botel(?:\\.[a-z0-9_]+)+");

  /** Names a class of Java besides the key. */
  private static final Pattern COMPONENT =
      Pattern.compile("Error configuring [\\w.]+ with name \"([^\"]+)\"");

  private static final Pattern MISSING =
      Pattern.compile("No component provider detected for [\\w.]+ with name \"([^\"]+)\"\\.?");

  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private SdkRefusal() {}

  /** The messages of all causes; the innermost one has the reason. */
  static String reasons(Throwable thrown) {
    List<String> all = new ArrayList<>();
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      String message = each.getMessage();
      if (message != null && !message.equals("Unexpected configuration error")) {
        all.add(message);
      }
    }
    String text = all.isEmpty() ? thrown.toString() : String.join(": ", all);
    String line = BLANKS.matcher(text).replaceAll(" ");
    String named = COMPONENT.matcher(line).replaceAll("$1");
    return PROPERTY
        .matcher(MISSING.matcher(named).replaceAll("netspan has no '$1': remove it"))
        .replaceAll(name -> name.group().toUpperCase(Locale.ROOT).replace('.', '_'));
  }
}
