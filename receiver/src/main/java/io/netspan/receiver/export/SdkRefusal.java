package io.netspan.receiver.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Why the SDK refuses its settings, in a sentence. */
final class SdkRefusal {
  private static final Pattern PROPERTY = Pattern.compile("\\botel(?:\\.[a-z0-9_]+)+");

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
    return PROPERTY
        .matcher(text)
        .replaceAll(name -> name.group().toUpperCase(Locale.ROOT).replace('.', '_'));
  }
}
