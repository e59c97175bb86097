package io.netspan.bench.contender;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is measured.
 *
 * @param name short, as in options and tables
 * @param what what it is, for people
 * @param arguments of the launcher for netspan, the object for the floor
 * @param protocol of OTLP, if it exports to the sink
 * @param byDefault whether it takes part if no contenders are named
 */
public record Contender(
    String name,
    String what,
    Kind kind,
    List<String> arguments,
    Map<String, String> environment,
    Optional<String> protocol,
    boolean byDefault) {

  /** What is started for it. */
  public enum Kind {
    /** Nothing. */
    UNTRACED,
    /** The program {@code floor} with a BPF object. */
    FLOOR,
    /** The launcher. */
    NETSPAN,
    /** The program tcplife. */
    TCPLIFE
  }

  static Contender of(String name, String what, Kind kind, String... arguments) {
    return new Contender(name, what, kind, List.of(arguments), Map.of(), Optional.empty(), true);
  }

  Contender exporting(String by) {
    return new Contender(name, what, kind, arguments, environment, Optional.of(by), byDefault);
  }

  Contender with(Map<String, String> variables) {
    return new Contender(name, what, kind, arguments, variables, protocol, byDefault);
  }

  Contender onRequest() {
    return new Contender(name, what, kind, arguments, environment, protocol, false);
  }

  public boolean isNetspan() {
    return kind == Kind.NETSPAN;
  }

  public boolean isTracing() {
    return kind != Kind.UNTRACED;
  }

  /** Returns whether every connection is to arrive at the sink, as two spans. */
  public boolean exportsAll() {
    return protocol.isPresent() && environment.isEmpty();
  }
}
