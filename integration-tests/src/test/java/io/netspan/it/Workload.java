package io.netspan.it;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The program of {@code workload.c}. */
final class Workload {
  private Workload() {}

  /** Compiles it into this folder, and returns its path. */
  static Path compile(Path folder) throws IOException {
    Path source = folder.resolve("workload.c");
    try (InputStream in = requireNonNull(Workload.class.getResourceAsStream("workload.c"))) {
      Files.copy(in, source);
    }
    Path program = folder.resolve("workload");
    Command.run(
        "clang", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program.toString(), source.toString());
    return program;
  }
}
