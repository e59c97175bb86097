package io.netspan.enrich.container;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts from any thread what goes wrong with one runtime. */
final class RuntimeProblems {
  private final Map<RuntimeProblem, LongAdder> counts = new EnumMap<>(RuntimeProblem.class);
  private final Path socket;

  RuntimeProblems(Path socket) {
    this.socket = socket;
    for (RuntimeProblem each : RuntimeProblem.values()) {
      counts.put(each, new LongAdder());
    }
  }

  void count(RuntimeProblem problem) {
    LongAdder count = counts.get(problem);
    if (count != null) {
      count.increment();
    }
  }

  void count(Throwable failure) {
    count(of(failure));
  }

  /** Why the runtime was not understood, by what reading its answer threw. */
  RuntimeProblem of(Throwable failure) {
    return switch (failure) {
      case RuntimeFailure known -> known.problem();
      case ConnectException _ -> RuntimeProblem.UNREACHABLE;
      case EOFException _ -> RuntimeProblem.CLOSED;
      case ClosedByInterruptException _ -> RuntimeProblem.CLOSED;
      case ClosedChannelException _ -> RuntimeProblem.SLOW; // Closed by a deadline.
      case IOException _ when !Files.exists(socket) -> RuntimeProblem.ABSENT;
      case IOException _ when !Files.isWritable(socket) -> RuntimeProblem.FORBIDDEN;
      case IOException _ -> RuntimeProblem.CLOSED;
      default -> RuntimeProblem.MALFORMED;
    };
  }

  /** By reason, those that occurred. */
  Map<String, Long> counts() {
    Map<String, Long> all = new HashMap<>();
    counts.forEach(
        (problem, count) -> {
          if (count.sum() > 0) {
            all.put(problem.value(), count.sum());
          }
        });
    return all;
  }
}
