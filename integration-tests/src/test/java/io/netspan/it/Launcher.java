package io.netspan.it;

import java.nio.file.Files;
import java.nio.file.Path;

/** {@code bin/netspan} of the repository in which the tests run. */
final class Launcher {
  private Launcher() {}

  /**
   * Returns the path of the launcher.
   *
   * @throws IllegalStateException if netspan is not built
   */
  static Path path() {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(root.resolve("integration-tests"))) {
      Path parent = root.getParent();
      if (parent == null) {
        throw new IllegalStateException(
            "the working directory, " + Path.of("").toAbsolutePath() + ", is not in netspan's");
      }
      root = parent;
    }
    Path launcher = root.resolve("bin/netspan");
    if (!Files.isExecutable(launcher)
        || !Files.isDirectory(root.resolve("receiver/target/dist/lib"))) {
      throw new IllegalStateException("netspan is not built: run 'make build' in " + root);
    }
    return launcher;
  }
}
