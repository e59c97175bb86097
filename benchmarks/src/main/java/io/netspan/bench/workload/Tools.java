package io.netspan.bench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The programs that a run needs.
 *
 * @param repository in which netspan is built
 * @param folder for what is written during a run
 */
public record Tools(Path repository, Path folder) {
  private static final List<String> BUILT =
      List.of("load", "sink", "floor", "empty.bpf.o", "netspan.bpf.o");

  /**
   * Checks that all is built.
   *
   * @throws IOException if something is not
   */
  public void check() throws IOException {
    for (String name : BUILT) {
      if (!Files.exists(at(repository, name))) {
        throw new IOException(
            at(repository, name) + " is not built: run 'make -C benchmarks/load' in " + repository);
      }
    }
    if (!Files.isExecutable(repository.resolve("bin/netspan"))
        || !Files.isDirectory(repository.resolve("receiver/target/dist/lib"))) {
      throw new IOException("netspan is not built: run 'make build' in " + repository);
    }
  }

  private static Path at(Path repository, String name) {
    return repository.resolve("benchmarks/target/load").resolve(name);
  }

  Path launcher() {
    return repository.resolve("bin/netspan");
  }

  Path load() {
    return at(repository, "load");
  }

  Path sink() {
    return at(repository, "sink");
  }

  Path floor() {
    return at(repository, "floor");
  }

  Path object(String name) {
    return at(repository, name);
  }
}
