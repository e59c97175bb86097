package io.netspan.bench.workload;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.netspan.bench.contender.Contender;
import io.netspan.bench.machine.Waiting;
import io.netspan.bench.result.Measure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The start, on a machine without connections and on one with many. */
final class StartUp implements Workload {
  private static final Set<String> CONTENDERS = Set.of("none", "spans-grpc");
  private static final int OPEN = 100_000;
  private static final Pattern ATTACHED = Pattern.compile("(\\d+) ms after the start");
  private static final Pattern FIRST_PASS =
      Pattern.compile("open connection sides: \\d+ \\(scanned in (\\d+) ms\\)");

  private static final String QUIET = "nothing open";
  private static final String BUSY = String.format("%,d connections open", OPEN);

  @Override
  public String name() {
    return "start";
  }

  @Override
  public String what() {
    return "the start, with nothing open and with 100,000 connections open";
  }

  @Override
  public List<Measure> measures() {
    return List.of(
        Measure.of(QUIET, "attached_ms_0", "start to tracing, ms", 0),
        Measure.of(QUIET, "start_ms_0", "to the end of the first pass, ms", 0),
        Measure.of(QUIET, "cpu_s_0", "CPU of the start, s", 2),
        Measure.of(QUIET, "rss_mb_0", "RSS after it, MB", 0),
        Measure.of(BUSY, "attached_ms_" + OPEN, "start to tracing, ms", 0),
        Measure.of(BUSY, "start_ms_" + OPEN, "to the end of the first pass, ms", 0),
        Measure.of(BUSY, "pass_ms_" + OPEN, "the first pass, ms", 0),
        Measure.of(BUSY, "cpu_s_" + OPEN, "CPU of the start, s", 2),
        Measure.of(BUSY, "rss_mb_" + OPEN, "RSS after it, MB", 0));
  }

  @Override
  public boolean suits(Contender contender) {
    return CONTENDERS.contains(contender.name());
  }

  @Override
  public void run(Trial trial) throws IOException, InterruptedException {
    start(trial, 0);
    try (OpenConnections _ = trial.lab().open(trial.extent().count(OPEN))) {
      start(trial, OPEN);
    }
  }

  private static void start(Trial trial, int open) throws IOException, InterruptedException {
    try (Tracer tracer = trial.start()) {
      trial.record("start_ms_" + open, tracer.startMs());
      trial.record("cpu_s_" + open, tracer.startCpuSeconds());
      trial.record("attached_ms_" + open, number(ATTACHED, tracer.said()));
      trial.record("pass_ms_" + open, number(FIRST_PASS, tracer.said()));
      // Only to see what else ran: the start itself is over.
      trial.measure(tracer, StartUp::second);
      trial.record("rss_mb_" + open, tracer.residentMb());
      trial.stop(tracer);
    }
  }

  private static OptionalDouble number(Pattern form, String said) {
    Matcher number = form.matcher(said);
    return number.find()
        ? OptionalDouble.of(Double.parseDouble(number.group(1)))
        : OptionalDouble.empty();
  }

  private static Lab.Done second() throws InterruptedException {
    Waiting.pause(Duration.ofSeconds(1));
    return new Lab.Done(0, 1, JsonNodeFactory.instance.objectNode());
  }
}
