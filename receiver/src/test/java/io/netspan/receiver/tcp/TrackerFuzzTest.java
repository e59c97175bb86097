package io.netspan.receiver.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.wire.WireRecord;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid records and any order of records leave the tracker consistent. */
final class TrackerFuzzTest {
  private static final int RECORDS = 100_003;
  private static final int MOST_CONNECTIONS = 1_000;

  /** Counts the reported connections and checks their invariants. */
  private static final class Invariants implements ConnectionListener {
    long opened;
    long closed;
    long closedAfterOpened;

    @Override
    public void opened(Connection connection) {
      assertThat(connection.mark()).isZero();
      connection.mark(1);
      opened++;
    }

    @Override
    public void changed(Connection connection) {
      assertThat(connection.mark()).isEqualTo(1);
    }

    @Override
    public void refreshed(Connection connection) {
      assertThat(connection.mark()).isEqualTo(1);
    }

    @Override
    public void closed(Connection connection) {
      closed++;
      closedAfterOpened += connection.mark();
      assertThat(connection.bytesSent()).isNotNegative();
      assertThat(connection.bytesReceived()).isNotNegative();
      assertThat(connection.localPort()).isBetween(0, 65_535);
      assertThat(connection.peerPort()).isBetween(0, 65_535);
      assertThat(connection.srttUs()).isNotNegative();
    }
  }

  private final Invariants invariants = new Invariants();
  private final ConnectionTracker tracker =
      new ConnectionTracker(
          new WorkloadTable(
              new FakeEnricher(),
              Contributors.NONE,
              new Resources(Attributes.empty()),
              completion -> {}),
          invariants,
          new SplittableRandom(1),
          MOST_CONNECTIONS);
  private final EventDecoder decoder = new EventDecoder(tracker);

  private long decoded() {
    long sum = 0;
    for (EventType type : EventType.values()) {
      sum += decoder.counters().decodedOf(type);
    }
    return sum;
  }

  private void assertConsistent(long records) {
    assertThat(decoded() + decoder.counters().tooShort() + decoder.counters().unknownType())
        .isEqualTo(records);
    assertThat(tracker.tracked()).isBetween(0, MOST_CONNECTIONS);
    assertThat(invariants.opened - invariants.closedAfterOpened)
        .isBetween(0L, (long) tracker.tracked());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomBytesDoNoHarm(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < RECORDS; i++) {
      byte[] bytes = new byte[random.nextInt(600)];
      random.nextBytes(bytes);
      decoder.record(MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    assertThat(decoder.counters().unknownType()).isGreaterThan(RECORDS * 9L / 10);
    assertConsistent(RECORDS);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomBytesBehindAValidHeaderDoNoHarm(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    EventType[] types = EventType.values();
    for (int i = 0; i < RECORDS; i++) {
      EventType type = types[1 + random.nextInt(types.length - 1)];
      byte[] bytes = WireRecord.of(type).bytes();
      byte[] header = Arrays.copyOf(bytes, 8);
      random.nextBytes(bytes);
      System.arraycopy(header, 0, bytes, 0, 8);
      if (random.nextInt(4) != 0 && type != EventType.PROCESS) {
        // Few socket addresses, so that several events concern the same one.
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(16, random.nextInt(64));
      }
      decoder.record(MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    assertThat(decoded()).isEqualTo(RECORDS);
    assertThat(invariants.closed).isGreaterThan(RECORDS / 10);
    assertConsistent(RECORDS);
  }

  @Test
  void validRecordsInAnyOrderDoNoHarm() {
    SplittableRandom random = new SplittableRandom(4);
    FakeKernel kernel = new FakeKernel(decoder);
    FakeProcess[] processes = {FakeProcess.CURL, FakeProcess.NGINX, FakeProcess.NOBODY};
    long announcements = 0;
    for (int i = 0; i < RECORDS; i++) {
      int sk = random.nextInt(8);
      FakeSocket socket = random.nextBoolean() ? kernel.client(sk) : kernel.server(sk);
      FakeProcess process = processes[random.nextInt(processes.length)];
      switch (random.nextInt(7)) {
        case 0 -> socket.open(process);
        case 1 -> socket.establishedFrom(random.nextInt(13));
        case 2 -> socket.closesFirst(process);
        case 3 -> socket.closesLast(process);
        case 4 -> socket.close(random.nextInt(13), random.nextInt(140));
        case 5 -> kernel.listen(sk, process, "0.0.0.0", 80);
        default -> {
          kernel.announce(process);
          announcements++;
        }
      }
    }

    assertThat(tracker.tracked()).isLessThanOrEqualTo(8);
    // Before a process its cgroup is described.
    assertConsistent(RECORDS + announcements);
  }
}
