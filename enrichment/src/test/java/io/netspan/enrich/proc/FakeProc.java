package io.netspan.enrich.proc;

import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.name.CommandArguments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A made-up procfs: a directory of files that say what a test wants. */
final class FakeProc {
  static final long START_TICKS = 4_242;
  static final long START_NANOS = 42_420_000_123L + 9_000_000;

  private final Path root;

  FakeProc(Path root) {
    this.root = root;
  }

  Path root() {
    return root;
  }

  static ProcessKey key(int pid) {
    return new ProcessKey(pid, START_NANOS);
  }

  /** A complete process; its start is {@link #START_TICKS}. */
  FakeProc process(int pid, String executable, String... arguments) {
    String comm = CommandArguments.baseName(executable);
    return file(pid, "stat", stat(pid, comm, START_TICKS))
        .file(pid, "status", "Name:\t" + comm + "\nUmask:\t0022\nUid:\t1000\t1001\t1002\t1003\n")
        .file(pid, "cmdline", String.join("\0", arguments) + "\0")
        .file(pid, "environ", "")
        .file(pid, "cgroup", "0::/\n")
        .link(pid, "exe", executable)
        .link(pid, "ns/pid", "pid:[4026531836]")
        .link(pid, "ns/net", "net:[4026531840]");
  }

  static String stat(int pid, String comm, long startTicks) {
    return pid
        + " ("
        + comm
        + ") S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 "
        + startTicks
        + " 1000 200 18446744073709551615 1 1 0 0\n";
  }

  FakeProc file(int pid, String name, String content) {
    return file(pid, name, content.getBytes(StandardCharsets.UTF_8));
  }

  FakeProc file(int pid, String name, byte[] content) {
    try {
      Path file = path(pid, name);
      Files.createDirectories(file.resolveSibling(""));
      Files.write(file, content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  FakeProc link(int pid, String name, String target) {
    try {
      Path link = path(pid, name);
      Files.createDirectories(link.resolveSibling(""));
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, Path.of(target));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  FakeProc delete(int pid, String name) {
    try {
      Files.delete(path(pid, name));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path path(int pid, String name) {
    return root.resolve(Integer.toString(pid)).resolve(name);
  }
}
