package io.netspan.bench.contender;

import io.netspan.bench.contender.Contender.Kind;
import io.netspan.bench.machine.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All contenders, in the order in which they run. */
public final class Contenders {
  public static final String UNTRACED = "untraced";
  public static final String EMPTY = "empty";
  public static final String TCPLIFE = "tcplife";

  private static final Map<String, String> ONE_PERCENT =
      Map.of("OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.01");

  private static final List<Contender> ALL =
      List.of(
          Contender.of(UNTRACED, "no tracer", Kind.UNTRACED),
          Contender.of(EMPTY, "an empty BPF program, to net the others", Kind.FLOOR, "empty.bpf.o"),
          Contender.of(
              "floor",
              "netspan's BPF programs and a reader in C that counts",
              Kind.FLOOR,
              "netspan.bpf.o"),
          Contender.of("none", "netspan without export", Kind.NETSPAN, "--format", "none"),
          Contender.of("spans-1%", "1 % of spans, OTLP over gRPC", Kind.NETSPAN, "--format", "none")
              .exporting("grpc")
              .with(ONE_PERCENT),
          Contender.of("spans-grpc", "all spans, OTLP over gRPC", Kind.NETSPAN, "--format", "none")
              .exporting("grpc"),
          Contender.of("spans-http", "all spans, OTLP over HTTP", Kind.NETSPAN, "--format", "none")
              .exporting("http/protobuf"),
          Contender.of("text", "lines of text, 1,000 a second at most", Kind.NETSPAN),
          Contender.of("text-all", "all lines of text", Kind.NETSPAN, "--lines-per-second", "0")
              .onRequest(),
          Contender.of(TCPLIFE, "tcplife of libbpf-tools", Kind.TCPLIFE));

  /** What people run too, but no distribution packages. */
  public static final List<String> NOT_TO_BE_HAD =
      List.of(
          "ebpf_exporter: no distribution packages it, and spans of connections need programs"
              + " written for it",
          "OpenTelemetry eBPF Instrumentation (Beyla): no distribution packages it");

  private Contenders() {}

  /**
   * Returns those with these names, or those that run by default if there are no names. The ones
   * that others are measured against are always among them.
   *
   * @throws IllegalArgumentException for a name that no contender has
   */
  public static List<Contender> named(List<String> names) {
    for (String name : names) {
      if (ALL.stream().noneMatch(one -> one.name().equals(name))) {
        throw new IllegalArgumentException(
            "there is no contender '" + name + "'; there are " + all());
      }
    }
    return ALL.stream()
        .filter(
            one ->
                one.name().equals(UNTRACED)
                    || one.name().equals(EMPTY)
                    || (names.isEmpty() ? one.byDefault() : names.contains(one.name())))
        .toList();
  }

  public static String all() {
    return ALL.stream().map(Contender::name).collect(Collectors.joining(", "));
  }

  /** Returns the path of tcplife, which Fedora packages by another name. */
  public static Optional<Path> tcplife() {
    return Stream.of("tcplife", "bpf-tcplife")
        .flatMap(name -> Programs.find(name).stream())
        .findFirst();
  }

  /** Says why a contender cannot be measured here, if that is so. */
  public static Optional<String> missing(Contender contender) {
    return contender.kind() == Kind.TCPLIFE && tcplife().isEmpty()
        ? Optional.of("tcplife: it is not on the PATH (packages libbpf-tools of Debian and Fedora)")
        : Optional.empty();
  }
}
