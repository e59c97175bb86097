package io.netspan.enrich.name;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Expands {@code @file} on the command line of the {@code java} launcher as the launcher does: see
 * "java Command-Line Argument Files" of the JDK's tool specifications, and {@code args.c} of its
 * launcher. Only what stands before the main class is expanded, and a file is not expanded in a
 * file.
 */
public final class ArgumentFiles {
  private static final String OFF = "--disable-@files";

  /** A launcher needs one or two; a hostile process may name 100,000. */
  private static final int MAX_EXPANSIONS = 16;

  private static final int MAX_CHARS = 256 * 1024;

  private final Function<String, @Nullable String> file;
  private int expansions;
  private int chars;

  private ArgumentFiles(Function<String, @Nullable String> file) {
    this.file = file;
  }

  /**
   * The arguments that the launcher sees. Of a command line with more than 16 argument files, or
   * with more than 256 Ki characters in them, the arguments after those stay as they are.
   *
   * @param file gives the content of a file by its path as the process names it; null if it cannot
   *     be read, and then the argument stays
   */
  public static List<String> expand(
      List<String> arguments, Function<String, @Nullable String> file) {
    return new ArgumentFiles(file).expand(arguments);
  }

  private List<String> expand(List<String> arguments) {
    List<String> expanded = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (i == 0 || !argument.startsWith("@")) {
        expanded.add(argument);
      } else if (expansions == MAX_EXPANSIONS || isLast(expanded)) {
        expanded.addAll(arguments.subList(i, arguments.size()));
        return expanded;
      } else if (argument.startsWith("@@")) {
        expansions++;
        expanded.add(argument.substring(1));
      } else {
        expanded.addAll(content(argument));
      }
    }
    return expanded;
  }

  /** Whether the arguments so far end the expansion of those that follow. */
  private static boolean isLast(List<String> expanded) {
    return expanded.contains(OFF) || JavaCommand.parse(expanded).main() != null;
  }

  private List<String> content(String argument) {
    expansions++;
    String content = chars < MAX_CHARS ? file.apply(argument.substring(1)) : null;
    if (content == null) {
      return List.of(argument);
    }
    chars += content.length();
    return split(content);
  }

  /** Words are separated by white space; quotes, backslashes in quotes, and comments count. */
  static List<String> split(String content) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < content.length(); i++) {
      char c = content.charAt(i);
      if (quote != 0 && c == '\\' && i + 1 < content.length()) {
        i = escaped(content, i + 1, word);
      } else if (c == quote) {
        quote = 0;
      } else if (quote != 0 && !isLineEnd(c)) {
        word.append(c);
      } else if (c == '"' || c == '\'') {
        quote = c;
        inWord = true;
      } else if (c == '#') {
        int end = content.indexOf('\n', i);
        i = end < 0 ? content.length() : end - 1;
      } else if (c == '\\' && i + 1 < content.length() && isLineEnd(content.charAt(i + 1))) {
        i = afterLineEnd(content, i + 1) - 1;
      } else if (!isSpace(c)) {
        word.append(c);
        inWord = true;
      } else if (inWord) {
        words.add(word.toString());
        word.setLength(0);
        inWord = false;
        quote = 0; // The end of the line ends a quote that was left open.
      }
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }

  /** Takes what follows a backslash in quotes; a line end continues the line without its indent. */
  private static int escaped(String content, int at, StringBuilder word) {
    char c = content.charAt(at);
    if (isLineEnd(c)) {
      return afterLineEnd(content, at) - 1;
    }
    word.append(
        switch (c) {
          case 'n' -> '\n';
          case 'r' -> '\r';
          case 't' -> '\t';
          case 'f' -> '\f';
          default -> c;
        });
    return at;
  }

  private static int afterLineEnd(String content, int at) {
    int next = at;
    while (next < content.length() && isSpace(content.charAt(next))) {
      next++;
    }
    return next;
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\f' || isLineEnd(c);
  }
}
