package io.netspan.receiver.tcp;

import io.netspan.enrich.Contributors;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.proc.Processes;
import io.netspan.receiver.telemetry.ConnectionMetrics;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Feeds records of any order, content, type and length, with passes in between, to the decoder, the
 * tracker and the metrics. The input is a sequence of records. Each begins with a byte whose low
 * half is the type and whose high half is the defect of the record, a byte for the time since the
 * last record, and a byte for the number of bytes that follow. Those are the record without its
 * header, beginning with the address of the socket; there are few addresses, so that several
 * records concern the same socket. Missing bytes are zero, and bytes beyond the struct make the
 * record longer.
 */
public final class EventsTarget implements ConnectionListener {
  private static final int MOST_CONNECTIONS = 3;
  private static final int MISSING = 15;
  private static final int FINISH_PASS = 14;
  private static final int BEGIN_PASS = 13;
  private static final int ABANDON_PASS = 12;
  private static final int CUT = 0x10;
  private static final int WRONG_SIZE = 0x20;
  private static final int ANY_SOCKET = 0x40;
  private static final int LONG_TIME = 0x80;

  private static final int HEADER = 16;
  private static final Map<EventType, Integer> SIZES = sizes();
  private static final ProcessEnricher NOTHING_KNOWN =
      Processes.create(Path.of("/nonexistent"), /* maxProcesses= */ 1);

  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final SdkMeterProvider meters =
      SdkMeterProvider.builder().registerMetricReader(reader).build();
  private final Resources resources = new Resources(Attributes.empty());
  private final ConnectionMetrics metrics =
      new ConnectionMetrics(meters.get("fuzz"), resources.metrics());
  private final ConnectionTracker tracker =
      new ConnectionTracker(
          new WorkloadTable(
              NOTHING_KNOWN, Contributors.NONE, resources, WorkloadTable.Completion::abandon),
          this,
          new SplittableRandom(1),
          MOST_CONNECTIONS);
  private final EventDecoder decoder = new EventDecoder(tracker);

  /** By identity: an end that is reported late has the same address as a later connection. */
  private final Set<Connection> open = Collections.newSetFromMap(new IdentityHashMap<>());

  private boolean passing;
  private long closed;
  private long offered;
  private long nowNs = 1_000_000_000_000L;

  private static Map<EventType, Integer> sizes() {
    Map<EventType, Integer> sizes = new EnumMap<>(EventType.class);
    for (var layout : EventDecoder.layouts()) {
      for (EventType type : EventType.values()) {
        if (layout.name().orElse("").equals(type.name().toLowerCase(Locale.ROOT) + "_event")) {
          sizes.put(type, (int) layout.byteSize());
        }
      }
    }
    if (sizes.size() != EventType.values().length - 1) {
      throw new IllegalStateException("layouts are known of " + sizes.keySet() + " only");
    }
    return sizes;
  }

  /** Returns the size of the struct. */
  public static int sizeOf(EventType type) {
    return Objects.requireNonNull(SIZES.get(type));
  }

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    EventsTarget target = new EventsTarget();
    try (target.meters) {
      target.feed(ByteBuffer.wrap(input));
      target.checkCounts();
    }
  }

  private void feed(ByteBuffer input) {
    while (input.remaining() >= 3) {
      int what = Byte.toUnsignedInt(input.get());
      int passed = Byte.toUnsignedInt(input.get());
      nowNs += (what & LONG_TIME) == 0 ? passed : (long) passed << 24;
      byte[] body = new byte[Math.min(Byte.toUnsignedInt(input.get()), input.remaining())];
      input.get(body);
      switch (what & 0xf) {
        case MISSING -> tracker.eventsMayBeMissing(nowNs);
        case BEGIN_PASS -> beginPass(passed);
        case FINISH_PASS, ABANDON_PASS -> endPass((what & 0xf) == FINISH_PASS);
        default -> offer(record(what, body));
      }
    }
  }

  private void offer(byte[] record) {
    offered++;
    decoder.record(MemorySegment.ofArray(record).asReadOnly(), 0, record.length);
  }

  private void beginPass(int number) {
    if (!passing) {
      passing = true;
      Reconciler reconciler = tracker.reconciler();
      reconciler.prepare();
      reconciler.begin(nowNs, number % 2 == 0 ? Provenance.BACKFILLED : Provenance.INFERRED);
    }
  }

  private void endPass(boolean whole) {
    if (!passing) {
      return;
    }
    passing = false;
    if (!whole) {
      tracker.reconciler().abandon();
      return;
    }
    Set<Long> missing = new HashSet<>();
    tracker.reconciler().forEachMissing(_ -> {});
    tracker.reconciler().forEachMissingConnection(sk -> check(missing.add(sk), "asked for twice"));
    int before = tracker.tracked();
    int gone = tracker.reconciler().finish(nowNs);
    check(gone == missing.size(), "not all that were missing are gone");
    check(tracker.tracked() == before - gone, "gone, and yet tracked");
  }

  private byte[] record(int what, byte[] body) {
    int type = what & 0xf;
    int size = type < EventType.values().length ? SIZES.getOrDefault(type(type), 64) : 64;
    int length = Math.max(size, HEADER + body.length);
    ByteBuffer record = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(type).putInt(size).putLong(nowNs).put(body);
    if ((what & WRONG_SIZE) != 0) {
      record.putInt(4, body.length * 3);
    }
    if ((what & ANY_SOCKET) == 0) {
      record.putLong(HEADER, body.length == 0 ? 0 : body[0] & 3);
    }
    byte[] bytes = record.array();
    return (what & CUT) == 0
        ? bytes
        : java.util.Arrays.copyOf(bytes, Math.min(length, body.length));
  }

  private static EventType type(int code) {
    return EventType.values()[code];
  }

  @Override
  public void opened(Connection connection) {
    check(open.add(connection), "opened twice");
    check(connection.mark() == 0, "the mark of another connection");
    metrics.opened(connection);
  }

  @Override
  public void changed(Connection connection) {
    check(open.contains(connection), "changed, but not open");
    metrics.changed(connection);
  }

  @Override
  public void refreshed(Connection connection) {
    check(open.contains(connection), "refreshed, but not open");
    metrics.refreshed(connection);
  }

  @Override
  public void closed(Connection connection) {
    open.remove(connection);
    closed++;
    check(connection.bytesSent() >= 0 && connection.bytesReceived() >= 0, "negative bytes");
    check(connection.srttUs() >= 0 && connection.handshakeNs() >= 0, "a negative time");
    check(connection.openedNs() <= connection.closedNs(), "an end before the beginning");
    check(connection.localPort() >>> 16 == 0 && connection.peerPort() >>> 16 == 0, "a port");
    metrics.closed(connection);
  }

  private void checkCounts() {
    long decoded = 0;
    for (EventType type : EventType.values()) {
      decoded += decoder.counters().decodedOf(type);
    }
    long bad = decoder.counters().tooShort() + decoder.counters().unknownType();
    check(decoded + bad == offered, "a record that was neither decoded nor counted");
    check(tracker.tracked() >= open.size(), "more are reported as open than are tracked");
    check(tracker.tracked() <= MOST_CONNECTIONS, "more tracked than allowed");
    check(tracker.ended() + tracker.endUnseen() >= closed, "more closed than ended");
    metrics.readUpTo(Long.MAX_VALUE);
    Collection<MetricData> all = reader.collectAllMetrics();
    check(sum(all, "netspan.connection.active") == open.size(), "active connections");
    check(sum(all, "netspan.connections") == closed, "connections");
  }

  private static long sum(Collection<MetricData> all, String name) {
    return all.stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(metric -> metric.getLongSumData().getPoints().stream())
        .mapToLong(LongPointData::getValue)
        .peek(value -> check(value >= 0, name + " is negative"))
        .sum();
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
