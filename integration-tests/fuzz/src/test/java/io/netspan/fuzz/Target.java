package io.netspan.fuzz;

import io.netspan.bpf.ring.RingTarget;
import io.netspan.enrich.proc.ProcTarget;
import io.netspan.receiver.output.PrintTarget;
import io.netspan.receiver.tcp.EventsTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The fuzz targets and their default numbers of inputs. */
enum Target {
  RING(RingTarget.class, 100_000),
  EVENTS(EventsTarget.class, 10_000),
  PROC(ProcTarget.class, 5_000),
  PRINT(PrintTarget.class, 10_000);

  final Class<?> type;
  final int runs;

  Target(Class<?> type, int runs) {
    this.type = type;
    this.runs = runs;
  }

  void test(byte[] input) {
    switch (this) {
      case RING -> RingTarget.fuzzerTestOneInput(input);
      case EVENTS -> EventsTarget.fuzzerTestOneInput(input);
      case PROC -> ProcTarget.fuzzerTestOneInput(input);
      case PRINT -> PrintTarget.fuzzerTestOneInput(input);
    }
  }

  /** Returns the folder of the seeds in the build; in the sources it is {@link #seedsInSource}. */
  Path seeds() {
    try {
      URL folder = Target.class.getResource(type.getSimpleName());
      return Path.of(Objects.requireNonNull(folder, this + " has no seeds").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  String seedsInSource() {
    return "fuzz/src/test/resources/io/netspan/fuzz/" + type.getSimpleName();
  }

  List<Path> seedFiles() {
    try (Stream<Path> files = Files.list(seeds())) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
