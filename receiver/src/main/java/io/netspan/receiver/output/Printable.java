package io.netspan.receiver.output;

/**
 * Text that a process chose, made safe for a terminal: one line, no escapes, nothing that reorders.
 */
final class Printable {
  private static final char SUBSTITUTE = '?';

  private Printable() {}

  static String of(String text) {
    StringBuilder to = new StringBuilder(text.length());
    text.codePoints().map(c -> isHarmless(c) ? c : SUBSTITUTE).forEach(to::appendCodePoint);
    return to.toString();
  }

  private static boolean isHarmless(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
