package io.netspan.enrich.name;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name that a program was called by, where its executable has another one: {@code redis-server}
 * is a symbolic link to {@code redis-check-rdb} in Debian, {@code wget} one to {@code busybox}.
 */
public final class CalledName {
  /** {@code TASK_COMM_LEN} without the terminating NUL. */
  private static final int COMM_CUT = 15;

  /** Executables that contain many programs and run the one they are called by. */
  private static final Set<String> MULTI_CALL = Set.of("busybox", "toybox", "coreutils");

  private static final Pattern APPLET = Pattern.compile("[a-z\\[][a-z0-9_.+\\[-]{0,31}");

  private CalledName() {}

  /**
   * At an exec the kernel takes the comm from the path that was executed, before it follows
   * symbolic links. A program may set it to anything later, so it counts only if the first argument
   * says the same. That may have become a title, which Redis makes of its path and its address: of
   * {@code redis-server *:6379} the first word counts.
   *
   * @return the whole name; null if the executable's own name is the right one
   */
  public static @Nullable String of(String executableName, String comm, List<String> arguments) {
    if (comm.isEmpty() || arguments.isEmpty()) {
      return of(executableName, comm);
    }
    String first = arguments.getFirst();
    // A login shell's name begins with a hyphen.
    String called = CommandArguments.baseName(first.startsWith("-") ? first.substring(1) : first);
    if (MULTI_CALL.contains(executableName) && called.equals(executableName)) {
      return applet(arguments);
    }
    String name = isCut(called, comm) ? called : CommandArguments.baseName(first.split(" ", 2)[0]);
    return isCut(name, comm) && !name.equals(executableName) ? name : null;
  }

  private static boolean isCut(String name, String comm) {
    return comm.equals(name.length() <= COMM_CUT ? name : name.substring(0, COMM_CUT));
  }

  /** {@code busybox httpd -f}: the applet is the first argument that it is given. */
  private static @Nullable String applet(List<String> arguments) {
    String second = arguments.size() < 2 ? "" : arguments.get(1);
    return APPLET.matcher(second).matches() ? second : null;
  }

  /** Without the arguments: only where the executable is known to be many programs. */
  public static @Nullable String of(String executableName, String comm) {
    return MULTI_CALL.contains(executableName) && !comm.isEmpty() && !comm.equals(executableName)
        ? comm
        : null;
  }
}
