package io.netspan.linux.sockdiag;

import io.netspan.bpf.sys.NativeUnavailableException;
import io.netspan.bpf.sys.NetlinkCalls;
import io.netspan.bpf.sys.PanamaNetlinkCalls;
import io.netspan.linux.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Opens network namespaces: that of the calling thread, or another. */
final class NetNamespace {

  // fcntl.h (the same on x86-64 and aarch64) and linux/sched.h
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x4000_0000;

  private static final Path OWN = Path.of("/proc/thread-self/ns/net");

  private NetNamespace() {}

  /**
   * The calls of netlink.
   *
   * @param purpose for a message
   * @throws SockDiagException if native access is denied
   */
  static NetlinkCalls calls(String purpose) {
    try {
      return PanamaNetlinkCalls.instance();
    } catch (NativeUnavailableException e) {
      throw new SockDiagException(
          SockDiagException.Cause.UNSUPPORTED, purpose + ": " + e.getMessage());
    }
  }

  /**
   * The inode of the calling thread's network namespace; 0 in a procfs of another pid namespace,
   * which has no such file.
   */
  static long inode() {
    try {
      return (Long) Files.getAttribute(OWN, "unix:ino");
    } catch (IOException | UnsupportedOperationException e) {
      return 0;
    }
  }

  /**
   * Runs the code on a new thread that ends afterwards, so that no thread with other work ever
   * leaves the process's namespace.
   */
  static <T> T call(NetlinkCalls calls, Path namespace, Supplier<T> what) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .name("netspan-netns")
            .daemon()
            .unstarted(
                () -> {
                  try {
                    enter(calls, namespace);
                    result.complete(what.get());
                  } catch (RuntimeException | Error e) {
                    result.completeExceptionally(e);
                  }
                });
    thread.start();
    try {
      return result.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof SockDiagException known ? known : e;
    }
  }

  private static void enter(NetlinkCalls calls, Path namespace) {
    int fd = calls.open(namespace.toString(), O_RDONLY_CLOEXEC);
    if (fd < 0) {
      throw failure(namespace, "open", -fd);
    }
    int entered = calls.setns(fd, CLONE_NEWNET);
    calls.close(fd);
    if (entered < 0) {
      throw failure(namespace, "setns", -entered);
    }
  }

  private static SockDiagException failure(Path namespace, String call, int errno) {
    String what = "enter network namespace " + namespace + ": " + call + ": ";
    return switch (errno) {
      case Errno.ENOENT, Errno.ESRCH ->
          new SockDiagException(
              SockDiagException.Cause.GONE, what + Errno.describe(errno) + "; its process ended");
      case Errno.EPERM, Errno.EACCES ->
          new SockDiagException(
              SockDiagException.Cause.DENIED,
              what + Errno.describe(errno) + "; needs CAP_SYS_ADMIN and CAP_SYS_PTRACE");
      default ->
          new SockDiagException(SockDiagException.Cause.UNSUPPORTED, what + Errno.describe(errno));
    };
  }
}
