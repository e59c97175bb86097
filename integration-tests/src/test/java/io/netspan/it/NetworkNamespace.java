package io.netspan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A network namespace with only a loopback interface; close() deletes it. */
record NetworkNamespace(String name) implements AutoCloseable {

  /** Creates a namespace with a name that no other test run uses. */
  static NetworkNamespace create(String suffix) {
    NetworkNamespace namespace =
        new NetworkNamespace("netspan-it-" + ProcessHandle.current().pid() + "-" + suffix);
    Command.run("ip", "netns", "add", namespace.name);
    try {
      Command.run("ip", "-n", namespace.name, "link", "set", "lo", "up");
      return namespace;
    } catch (RuntimeException | Error e) {
      namespace.close();
      throw e;
    }
  }

  /** Returns the inode, which is the value of {@code netspan.netns}. */
  long inode() {
    try {
      return (Long) Files.getAttribute(Path.of("/run/netns", name), "unix:ino");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a program in the namespace. */
  Process start(String... words) throws IOException {
    String[] all = new String[words.length + 4];
    System.arraycopy(new String[] {"ip", "netns", "exec", name}, 0, all, 0, 4);
    System.arraycopy(words, 0, all, 4, words.length);
    return new ProcessBuilder(all).redirectErrorStream(true).start();
  }

  @Override
  public void close() {
    Command.run("ip", "netns", "delete", name);
  }
}
