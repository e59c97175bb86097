package io.netspan.enrich.name;

import io.netspan.enrich.secret.Untrusted;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The command line of the {@code java} launcher, taken apart as the launcher does: options, then
 * the main class, jar, module or source file, then what belongs to the program. An {@code @file} of
 * arguments is skipped, unread: when the main class stands in it, it is not known.
 *
 * @param main the fully qualified main class (or the module if it names none), or the file name of
 *     the jar
 * @param options what stands before it, for the JVM
 */
public record JavaCommand(@Nullable String main, boolean jar, List<String> options) {
  private static final Set<String> WITH_ARGUMENT =
      words(
          """
          -cp -classpath --class-path -p --module-path --upgrade-module-path --add-modules
          --add-exports --add-opens --add-reads --limit-modules --patch-module
          --enable-native-access --illegal-native-access -d --describe-module --source
          """);

  /**
   * Simple names that many programs share; only with their package do they distinguish programs.
   */
  private static final Set<String> COMMON_NAMES =
      words(
          """
          Main MainKt App AppKt Application ApplicationKt Bootstrap Boot Launcher JarLauncher
          WarLauncher PropertiesLauncher Start Starter Startup Runner Run Server Service Cli CLI
          Program
          """);

  private static final Pattern ARCHIVE = Pattern.compile("\\.[jw]ar$", Pattern.CASE_INSENSITIVE);

  /** Possessive, so that no file name makes it slow. */
  private static final Pattern VERSION =
      Pattern.compile(
          "[-_]v?\\d++(?:\\.\\d++)*+(?:[.\\-+_](?:\\d++|rc\\d*+|m\\d++|alpha\\d*+|beta\\d*+|snapshot"
              + "|release|final|ga|all|exec|fat|shaded|boot|runner|[0-9a-f]{7,40}+)(?![A-Za-z0-9]))*+$",
          Pattern.CASE_INSENSITIVE);

  private static Set<String> words(String list) {
    return Set.of(list.strip().split("\\s+"));
  }

  /** The first argument is the launcher's own name. */
  public static JavaCommand parse(List<String> arguments) {
    boolean jar = false;
    int i = 1;
    for (; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("-jar")) {
        jar = true;
      } else if (argument.equals("-m") || argument.equals("--module")) {
        return of(i + 1 < arguments.size() ? arguments.get(i + 1) : "", false, arguments, i);
      } else if (argument.startsWith("--module=")) {
        return of(argument.substring("--module=".length()), false, arguments, i);
      } else if (WITH_ARGUMENT.contains(argument)) {
        i++;
      } else if (!argument.startsWith("-") && !argument.startsWith("@")) {
        return of(argument, jar, arguments, i);
      }
    }
    return new JavaCommand(null, jar, arguments.stream().skip(1).toList());
  }

  private static JavaCommand of(String main, boolean jar, List<String> arguments, int end) {
    String name = jar ? CommandArguments.baseName(main) : mainClass(main);
    return new JavaCommand(
        name == null || name.isEmpty() ? null : Untrusted.text(name, Untrusted.NAME_MAX),
        jar,
        List.copyOf(arguments.subList(1, end)));
  }

  /**
   * From {@code module/class}, {@code com/acme/Main}, {@code path/Main.java} or a plain name; null
   * if none of them.
   */
  private static @Nullable String mainClass(String main) {
    if (main.endsWith(".java")) {
      return CommandArguments.baseName(main.substring(0, main.length() - ".java".length()));
    }
    String name = main.replace('/', '.');
    int slash = main.indexOf('/');
    if (slash > 0 && main.substring(slash + 1).indexOf('.') > 0) {
      name = main.substring(slash + 1);
    }
    return isClassName(name) ? name : null;
  }

  private static boolean isClassName(String name) {
    boolean start = true;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '.' && !start) {
        start = true;
      } else if (start ? Character.isJavaIdentifierStart(c) : Character.isJavaIdentifierPart(c)) {
        start = false;
      } else {
        return false;
      }
    }
    return !start;
  }

  /**
   * The jar without its version, {@code orders} for {@code orders-1.4.2.jar}; or the class without
   * its package, {@code OrderService} for {@code com.acme.OrderService}, but {@code com.acme.Main}
   * whole.
   */
  public @Nullable String serviceName() {
    if (main == null) {
      return null;
    }
    if (jar) {
      String plain = ARCHIVE.matcher(main).replaceFirst("");
      String name = VERSION.matcher(plain).replaceFirst("");
      return name.isEmpty() ? plain : name;
    }
    String simple = main.substring(main.lastIndexOf('.') + 1);
    return COMMON_NAMES.contains(simple) ? main : simple;
  }
}
