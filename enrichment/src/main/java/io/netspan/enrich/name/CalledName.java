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
   * says the same. Programs that show their state there ({@code redis-server 127.0.0.1:6379})
   * append it to their name.
   *
   * @return the whole name; null if the executable's own name is the right one
   */
  public static @Nullable String of(String executableName, String comm, List<String> arguments) {
    if (comm.isEmpty() || arguments.isEmpty()) {
      return of(executableName, comm);
    }
    String first = arguments.getFirst();
    String called = called(first);
    if (MULTI_CALL.contains(executableName) && called.equals(executableName)) {
      return applet(arguments);
    }
    if (!isComm(called, comm)) {
      int space = first.indexOf(' ');
      called = called(space < 0 ? first : first.substring(0, space));
    }
    return isComm(called, comm) && !called.equals(executableName) ? called : null;
  }

  /** A login shell's name begins with a hyphen. */
  private static String called(String first) {
    return CommandArguments.baseName(first.startsWith("-") ? first.substring(1) : first);
  }

  private static boolean isComm(String called, String comm) {
    String cut = called.length() <= COMM_CUT ? called : called.substring(0, COMM_CUT);
    return cut.equals(comm);
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
