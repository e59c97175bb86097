package io.netspan.receiver.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.netspan.config.AddressRange;
import io.netspan.config.env.ExporterSelection;
import io.netspan.enrich.Container;
import io.netspan.enrich.Contributors;
import io.netspan.enrich.EnrichmentStats;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import io.netspan.enrich.proc.Processes;
import io.netspan.linux.clock.BootClock;
import io.netspan.receiver.export.OpenTelemetryExport;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.EventsTarget;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.Keep;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SpanOutput;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * A process with arbitrary names has a connection, which must be printed as one line, as text and
 * as JSON. The input is a byte, then comm and executable as in the process record, then the path of
 * its cgroup as in that one's record, then the close record of the connection without its header.
 * If the byte is odd, the unsanitised names are also the command line and the container of the
 * process; the JSON must still be valid.
 */
public final class PrintTarget {
  private static final int HEADER = 16;
  private static final int NAMES_AT = 80;
  private static final int PATH_BYTES_AT = 28;
  private static final int OWN_NAMES = 16 + 64;
  private static final int PATH = 3 * 96;
  private static final int NAMES = OWN_NAMES + PATH;
  private static final Pattern HARMFUL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]");
  private static final int LONGEST_TEXT = 400;
  private static final int LONGEST_JSON = 4_000;
  private static final OpenTelemetryExport NO_EXPORT =
      OpenTelemetryExport.start(new ExporterSelection(Map.of()));

  private static final JsonFormat JSON = new JsonFormat(); // slow to create
  private static final JsonFactory PARSERS = new JsonFactory();

  private PrintTarget() {}

  private record Raw(ProcessEnricher kernel, String text) implements ProcessEnricher {
    @Override
    public ProcessIdentity fromKernel(ProcessFacts facts) {
      return kernel.fromKernel(facts);
    }

    @Override
    public ProcessIdentity enrich(ProcessFacts facts) {
      return new ProcessIdentity(
          facts,
          text,
          List.of(text, text),
          text,
          new Container(text, text, text, text),
          text,
          new ServiceName(text.isEmpty() ? "x" : text, ServiceName.Source.EXECUTABLE),
          Map.of("text", text));
    }

    @Override
    public ProcessIdentity identify(ProcessKey key) {
      return enrich(new ProcessFacts(key, 0, 0, text, text, 0, List.of(), 0, 0));
    }

    @Override
    public EnrichmentStats stats() {
      return kernel.stats();
    }
  }

  private static final class Spans implements SpanOutput {
    final List<NetworkSpan> all = new ArrayList<>();

    @Override
    public boolean wants(long nowNs) {
      return true;
    }

    @Override
    public void accept(NetworkSpan span) {
      all.add(span);
    }
  }

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length <= NAMES) {
      return;
    }
    boolean raw = (input[0] & 1) != 0;
    byte[] names = Arrays.copyOfRange(input, 1, 1 + NAMES);
    byte[] close = Arrays.copyOfRange(input, 1 + NAMES, input.length);
    ProcessEnricher kernel = Processes.create(Path.of("/nonexistent"), 1);
    ProcessEnricher enricher =
        raw ? new Raw(kernel, new String(names, StandardCharsets.ISO_8859_1)) : kernel;
    Spans spans = new Spans();
    EventDecoder decoder =
        new EventDecoder(
            new ConnectionTracker(
                new WorkloadTable(
                    enricher,
                    Contributors.NONE,
                    new Resources(Attributes.empty()),
                    WorkloadTable.Completion::run),
                new ConnectionSpans(
                    new SpanSink(NO_EXPORT, spans, new EpochOffset()),
                    new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE),
                    new Keep(List.of())),
                new SplittableRandom(1),
                10));
    ByteBuffer path = ByteBuffer.allocate(Integer.BYTES + PATH).order(ByteOrder.LITTLE_ENDIAN);
    path.putInt(PATH).put(names, OWN_NAMES, PATH);
    send(decoder, EventType.CGROUP, PATH_BYTES_AT, path.array());
    send(decoder, EventType.PROCESS, NAMES_AT, Arrays.copyOf(names, OWN_NAMES));
    send(decoder, EventType.TCP_CLOSE, HEADER, close);
    spans.all.forEach(span -> check(span, raw));
  }

  private static void send(EventDecoder to, EventType type, int at, byte[] content) {
    int size = EventsTarget.sizeOf(type);
    ByteBuffer record =
        ByteBuffer.allocate(Math.max(size, at + content.length)).order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(0, type.code()).putInt(4, size).putLong(8, BootClock.nanos()).put(at, content);
    to.record(MemorySegment.ofArray(record.array()), 0, record.capacity());
  }

  private static void check(NetworkSpan span, boolean raw) {
    try {
      StringBuilder text = new StringBuilder();
      new TextFormat(ZoneOffset.UTC, /* colours= */ false).write(span, text);
      checkLine(text.toString(), LONGEST_TEXT);
      StringBuilder json = new StringBuilder();
      JSON.write(span, json);
      if (!raw) {
        checkLine(json.toString(), LONGEST_JSON);
      } else if (json.indexOf("\n") != json.length() - 1) {
        throw new AssertionError("more than a line: " + json);
      }
      checkJson(json.toString());
      long now = System.currentTimeMillis() + 1_000;
      if (span.getEndEpochNanos() < span.getStartEpochNanos()
          || span.getEndEpochNanos() / 1_000_000 > now) {
        throw new AssertionError(
            "from " + span.getStartEpochNanos() + " to " + span.getEndEpochNanos());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void checkLine(String line, int longest) {
    String content = line.substring(0, line.length() - 1);
    if (!line.endsWith("\n") || line.length() > longest || HARMFUL.matcher(content).find()) {
      throw new AssertionError("harmful: " + line.length() + " characters, " + line);
    }
  }

  private static void checkJson(String line) throws IOException {
    Set<String> names = new HashSet<>();
    try (JsonParser json = PARSERS.createParser(line)) {
      int depth = 0;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (token == JsonToken.FIELD_NAME && !names.add(json.currentName())) {
          throw new AssertionError("twice: " + json.currentName());
        }
      }
      if (depth != 0 || !names.containsAll(Set.of("trace_id", "start", "end", "service.name"))) {
        throw new AssertionError("no whole span: " + line);
      }
    }
  }
}
