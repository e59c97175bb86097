package io.netspan.enrich.name;

import io.netspan.enrich.secret.Untrusted;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an interpreter runs, from its command line: the script's or module's name, not the
 * interpreter's.
 */
public final class ScriptCommand {
  private static final List<Interpreter> INTERPRETERS =
      List.of(
          new Interpreter(
              Pattern.compile("(?:python|pypy)[0-9.]*[dtm]?"),
              "c",
              "m",
              "",
              "WXQ",
              Set.of("--check-hash-based-pycs")),
          new Interpreter(
              Pattern.compile("node|nodejs"),
              "ep",
              "",
              "",
              "rC",
              words(
                  """
                  --require --import --loader --experimental-loader --conditions --env-file
                  --env-file-if-exists --title --input-type --inspect-port --icu-data-dir
                  --openssl-config --redirect-warnings --diagnostic-dir --disable-warning
                  --dns-result-order --unhandled-rejections --watch-path --trace-event-categories
                  --max-http-header-size --secure-heap --tls-keylog
                  """)),
          new Interpreter(
              Pattern.compile("ruby[0-9.]*"),
              "e",
              "",
              "",
              "rICE",
              words("--encoding --external-encoding --internal-encoding --enable --disable")),
          new Interpreter(Pattern.compile("perl[0-9.]*"), "eE", "", "", "I", Set.of()),
          new Interpreter(
              Pattern.compile("php[0-9.]*"), "rBRES", "", "fF", "cdzt", words("--define --ini")),
          new Interpreter(
              Pattern.compile("(?:ba|da|k|z|a|mk)?sh"),
              "cs",
              "",
              "",
              "oO",
              words("--rcfile --init-file --emulate")));

  private static final Pattern EXTENSION =
      Pattern.compile("\\.(?:py|pyc|js|mjs|cjs|ts|mts|rb|pl|php|phar|sh|bash)$");

  /** An entry file that the language looks for in a directory; so the directory is what was run. */
  private static final Set<String> ENTRY_NAMES = Set.of("__main__", "index");

  private static final Set<String> INLINE_CODE = Set.of("--eval", "--print", "--run", "--test");

  private static final String DOTNET = "dotnet";
  private static final String ASSEMBLY = ".dll";

  /** Options of {@code dotnet} and {@code dotnet exec} that are followed by an argument. */
  private static final Set<String> DOTNET_WITH_ARGUMENT =
      words(
          """
          --additionalprobingpath --additional-deps --depsfile --fx-version --roll-forward
          --roll-forward-on-no-candidate-fx --runtimeconfig
          """);

  /**
   * How to read an interpreter's options.
   *
   * @param inlineCode letters of options that bring code instead of a script
   * @param module letters of options that name a module instead of a script
   * @param script letters of options that name the script
   * @param withArgument letters of other options with an argument
   */
  private record Interpreter(
      Pattern executable,
      String inlineCode,
      String module,
      String script,
      String withArgument,
      Set<String> longWithArgument) {

    /** The index of the first option in a cluster such as {@code -um} that is more than a flag. */
    int firstWithMeaning(String cluster) {
      int i = 1;
      while (i < cluster.length()
          && (inlineCode + module + script + withArgument).indexOf(cluster.charAt(i)) < 0) {
        i++;
      }
      return i;
    }
  }

  private ScriptCommand() {}

  private static Set<String> words(String list) {
    return Set.of(list.strip().split("\\s+"));
  }

  /** Null if the executable is no interpreter, or runs code from its arguments or its input. */
  public static @Nullable String name(String executableName, List<String> arguments) {
    if (executableName.equals(DOTNET)) {
      return assembly(arguments);
    }
    for (Interpreter interpreter : INTERPRETERS) {
      if (interpreter.executable().matcher(executableName).matches()) {
        String name =
            arguments.size() == 1 ? title(arguments.getFirst()) : name(interpreter, arguments);
        return name == null || name.isEmpty() ? null : Untrusted.text(name, Untrusted.NAME_MAX);
      }
    }
    return null;
  }

  /** {@code dotnet} also runs the commands of its SDK, which have no assembly's name. */
  private static @Nullable String assembly(List<String> arguments) {
    for (int i = 1; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (DOTNET_WITH_ARGUMENT.contains(argument)) {
        i++;
      } else if (!argument.startsWith("-") && !argument.equals("exec")) {
        String file = CommandArguments.baseName(argument);
        return file.endsWith(ASSEMBLY) && file.length() > ASSEMBLY.length()
            ? Untrusted.text(
                file.substring(0, file.length() - ASSEMBLY.length()), Untrusted.NAME_MAX)
            : null;
      }
    }
    return null;
  }

  private static @Nullable String name(Interpreter interpreter, List<String> arguments) {
    for (int i = 1; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      String next = i + 1 < arguments.size() ? arguments.get(i + 1) : "";
      if (argument.equals("-") || INLINE_CODE.contains(argument)) {
        return null;
      } else if (argument.equals("--")) {
        return scriptName(next);
      } else if (!argument.startsWith("-")) {
        return scriptName(argument);
      } else if (interpreter.longWithArgument().contains(argument)) {
        i++;
      } else if (!argument.startsWith("--")) {
        int letter = interpreter.firstWithMeaning(argument);
        boolean attached = letter + 1 < argument.length();
        char option = letter < argument.length() ? argument.charAt(letter) : '-';
        if (interpreter.inlineCode().indexOf(option) >= 0) {
          return null;
        } else if (interpreter.module().indexOf(option) >= 0) {
          return attached ? argument.substring(letter + 1) : next;
        } else if (interpreter.script().indexOf(option) >= 0) {
          return scriptName(attached ? argument.substring(letter + 1) : next);
        } else if (interpreter.withArgument().indexOf(option) >= 0 && !attached) {
          i++;
        }
      }
    }
    return null;
  }

  /**
   * Servers overwrite their arguments with one text: {@code puma 6.4.0 (tcp://...)}, {@code
   * gunicorn: master [app]}.
   */
  private static @Nullable String title(String text) {
    int blank = text.indexOf(' ');
    if (blank < 0) {
      return null;
    }
    String word = text.substring(text.startsWith("[") ? 1 : 0, blank);
    return word.endsWith(":") ? word.substring(0, word.length() - 1) : word;
  }

  private static String scriptName(String path) {
    String file = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    String name = EXTENSION.matcher(CommandArguments.baseName(file)).replaceFirst("");
    int slash = file.lastIndexOf('/');
    if (!ENTRY_NAMES.contains(name) || slash <= 0) {
      return name;
    }
    String directory = CommandArguments.baseName(file.substring(0, slash));
    return directory.isEmpty() || directory.equals(".") || directory.equals("..")
        ? name
        : directory;
  }
}
