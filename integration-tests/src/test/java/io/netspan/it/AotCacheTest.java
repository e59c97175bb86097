package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The AOT cache that the build made is used, and has learnt from recorded events. */
class AotCacheTest {
  // With "on", Java does not start without its cache; the launcher says "auto".
  private static final String OPTIONS =
      "NETSPAN_JAVA_OPTS=-XX:AOTMode=on -Xlog:training=debug:stderr";

  @Test
  void whatTheHotPathDoesIsKnownAtTheStart() {
    Command command =
        Command.attempt(
            "env",
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1",
            OPTIONS,
            Launcher.path().toString(),
            "run",
            "--tracer",
            "poll",
            "--format",
            "none",
            "--replay",
            "1");

    assertThat(command.exitCode()).as(command.output()).isZero();
    assertThat(command.output())
        .contains(
            "Replay training: io.netspan.receiver.wire.EventDecoder\n",
            "Replay training: io.netspan.receiver.tcp.ConnectionTracker\n",
            "Replay training: io.netspan.receiver.telemetry.ConnectionMetrics\n",
            "Replay training: io.netspan.receiver.otlp.OtlpSpan\n",
            "totals: 120 connection sides ended");
  }
}
