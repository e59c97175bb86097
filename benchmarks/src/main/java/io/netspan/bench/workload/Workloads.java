package io.netspan.bench.workload;

import java.util.List;
import java.util.stream.Collectors;

/** All workloads, in the order in which they run. */
public final class Workloads {
  private static final List<Workload> ALL =
      List.of(
          new ShortConnections(),
          new KeptConnections(),
          new Bulk(),
          new ShortProcesses(),
          new IdleConnections(),
          new StartUp(),
          new Datagrams(),
          new Soak());

  private static final List<String> BY_DEFAULT = List.of("short", "kept", "bulk");

  private Workloads() {}

  /**
   * Returns those with these names, or those that run by default if there are no names.
   *
   * @throws IllegalArgumentException for a name that no workload has
   */
  public static List<Workload> named(List<String> names) {
    List<String> wanted = names.isEmpty() ? BY_DEFAULT : names;
    for (String name : wanted) {
      if (ALL.stream().noneMatch(one -> one.name().equals(name))) {
        throw new IllegalArgumentException(
            "there is no workload '" + name + "'; there are " + all());
      }
    }
    return ALL.stream().filter(one -> wanted.contains(one.name())).toList();
  }

  public static String all() {
    return ALL.stream().map(Workload::name).collect(Collectors.joining(", "));
  }

  /** Returns a line for each, with what it does. */
  public static String describe() {
    return ALL.stream()
        .map(one -> String.format("  %-10s %s%n", one.name(), one.what()))
        .collect(Collectors.joining());
  }
}
