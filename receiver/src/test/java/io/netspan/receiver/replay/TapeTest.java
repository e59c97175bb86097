package io.netspan.receiver.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.net.TcpState;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.tcp.Recorder;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.WireLayout;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.netspan.receiver.workload.WorkloadTable.Completion;
import io.opentelemetry.api.common.Attributes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/**
 * The tape has what {@link #record} records. When the layout of a record changes, write it anew:
 * run this test with {@code -Dtape.write=true}.
 */
final class TapeTest {
  private static final Path FILE =
      Path.of("src/main/resources/io/netspan/receiver/replay", Tape.RESOURCE);
  private static final int CONNECTIONS = 64;
  private static final int AT_ONCE = 16;
  private static final int ECONNREFUSED = 111;
  private static final int ECONNRESET = 104;

  @Test
  void theTapeIsOfTheseLayouts() throws IOException {
    byte[] recorded = record();
    if (Boolean.getBoolean("tape.write")) {
      try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(FILE))) {
        out.write(recorded);
      }
      return; // the class path has the old one until the next build
    }
    try (InputStream in =
        new GZIPInputStream(
            Objects.requireNonNull(Tape.class.getResourceAsStream(Tape.RESOURCE)))) {
      assertThat(in.readAllBytes())
          .as("%s is of other layouts: write it anew with -Dtape.write=true", FILE)
          .isEqualTo(recorded);
    }
  }

  @Test
  void aTapeEndsAllConnectionsThatItBegins() {
    Tape tape = Tape.load();
    ConnectionTracker tracker =
        new ConnectionTracker(
            new WorkloadTable(
                new FakeEnricher(),
                Contributors.NONE,
                new Resources(Attributes.empty()),
                Completion::run),
            new Recorder(),
            new SplittableRandom(1),
            1_000);
    EventDecoder decoder = new EventDecoder(tracker);

    tape.playTo(decoder, 1_000_000_000_000L);
    tape.playTo(decoder, 2_000_000_000_000L);
    tracker.reportEnds(Long.MAX_VALUE);

    assertThat(tracker.ended()).isEqualTo(2 * sides());
    assertThat(tracker.tracked()).isZero();
    assertThat(decoder.counters().tooShort()).isZero();
    assertThat(decoder.counters().unknownType()).isZero();
  }

  /** Every eighth connection is refused, which has one side only. */
  private static long sides() {
    return 2 * CONNECTIONS - CONNECTIONS / 8;
  }

  private static byte[] record() {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    FakeKernel kernel =
        new FakeKernel(
            (ring, offset, length) ->
                records.writeBytes(ring.asSlice(offset, length).toArray(WireLayout.U8)));
    kernel.announce(FakeProcess.CURL);
    kernel.announce(FakeProcess.NGINX_WORKER);
    SplittableRandom random = new SplittableRandom(1);
    Deque<Pair> open = new ArrayDeque<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      kernel.passes(random.nextLong(100_000));
      if (open.size() == AT_ONCE) {
        open.remove().close();
      }
      open.add(Pair.open(kernel, i, random.nextInt()));
    }
    open.forEach(Pair::close);
    return records.toByteArray();
  }

  /** Both ends of a connection. */
  private record Pair(int number, FakeSocket client, FakeSocket server) {
    static Pair open(FakeKernel kernel, int number, int isn) {
      String host = number % 4 == 0 ? "::1" : "127.0.0.1";
      int port = 32_768 + number;
      long slot = number % AT_ONCE;
      // As the kernel's slabs lay them out.
      FakeSocket client = kernel.client(0xffff888000000000L + slot * 2_368L);
      FakeSocket server = kernel.server(0xffff888100000000L + slot * 2_368L);
      client.local(host, port).peer(host, 80).isns(isn, ~isn).open(FakeProcess.CURL);
      if (isRefused(number)) {
        client.close(TcpState.TCP_SYN_SENT, ECONNREFUSED);
      } else {
        server.local(host, 80).peer(host, port).isns(isn, ~isn).established();
        client.established();
      }
      return new Pair(number, client, server);
    }

    private static boolean isRefused(int number) {
      return number % 8 == 3;
    }

    void close() {
      if (isRefused(number)) {
        return;
      }
      if (number % 8 == 5) {
        client.close(TcpState.TCP_ESTABLISHED, ECONNRESET);
        server.close(TcpState.TCP_ESTABLISHED, ECONNRESET);
        return;
      }
      client.closesFirst(FakeProcess.CURL);
      server.closesLast(FakeProcess.NGINX_WORKER);
      server.close(TcpState.TCP_LAST_ACK);
      client.close(TcpState.TCP_FIN_WAIT2);
    }
  }
}
