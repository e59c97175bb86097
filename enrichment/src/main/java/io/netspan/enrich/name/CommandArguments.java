package io.netspan.enrich.name;

import io.netspan.enrich.secret.SecretCutter;
import io.netspan.enrich.secret.Untrusted;
import java.util.ArrayList;
import java.util.List;

/** A command line, from the bytes that the kernel gives to what may be shown. */
public final class CommandArguments {
  static final int TOTAL_LIMIT = 4096;
  static final int ARGUMENT_LIMIT = 1024;

  /**
   * The most characters of an argument that are searched for secrets: the search takes time, and
   * little of the argument is shown.
   */
  private static final int INSPECTED_LIMIT = 8 * ARGUMENT_LIMIT;

  private CommandArguments() {}

  /**
   * NUL-terminated strings. Empty ones at the end are dropped: they are what is left when a program
   * writes a shorter title over its arguments.
   */
  public static List<String> split(byte[] line) {
    List<String> arguments = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= line.length; i++) {
      if (i == line.length ? start < i : line[i] == 0) {
        arguments.add(Untrusted.decode(line, start, i));
        start = i + 1;
      }
    }
    while (!arguments.isEmpty() && arguments.getLast().isEmpty()) {
      arguments.removeLast();
    }
    return arguments;
  }

  /**
   * Secrets are cut first and the length after, so that no limit hides the mark of a secret but not
   * the secret.
   */
  public static List<String> presentable(List<String> arguments) {
    List<String> kept = new ArrayList<>();
    if (arguments.isEmpty()) {
      return kept;
    }
    SecretCutter cutter = new SecretCutter(CommandArguments.baseName(arguments.getFirst()));
    int room = TOTAL_LIMIT;
    for (String argument : arguments) {
      if (room <= 0) {
        break;
      }
      String start = argument.substring(0, Math.min(argument.length(), INSPECTED_LIMIT));
      String shown = Untrusted.text(cutter.cut(start), Math.min(room, ARGUMENT_LIMIT));
      kept.add(shown);
      room -= shown.length() + 1;
    }
    return kept;
  }

  /** The last part of a path. */
  public static String baseName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
