package io.netspan.receiver.bench;

import io.netspan.bpf.RecordConsumer;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The events of many connections, both ends of each, as they would lie in the ring: in native
 * memory, read-only, interleaved. Everything is closed at the end, so it can be played again and
 * again.
 */
final class EventTape {
  static final int CONNECTIONS = 256;
  static final int SIDES = 2 * CONNECTIONS;

  private static final int AT_ONCE = 32;
  private static final int TCP_LAST_ACK = 9;
  private static final int TCP_FIN_WAIT2 = 5;

  private final MemorySegment ring;
  private final long[] offsets;
  private final int[] lengths;

  EventTape() {
    List<byte[]> records = new ArrayList<>();
    record(
        new FakeKernel(
            (ring, offset, length) ->
                records.add(
                    ring.asSlice(offset, length)
                        .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))));
    offsets = new long[records.size()];
    lengths = new int[records.size()];
    MemorySegment to =
        Arena.ofAuto().allocate(records.stream().mapToLong(r -> r.length).sum(), Long.BYTES);
    long at = 0;
    for (int i = 0; i < lengths.length; i++) {
      byte[] record = records.get(i);
      MemorySegment.copy(MemorySegment.ofArray(record), 0, to, at, record.length);
      offsets[i] = at;
      lengths[i] = record.length;
      at += record.length;
    }
    ring = to.asReadOnly();
  }

  private static void record(FakeKernel kernel) {
    SplittableRandom random = new SplittableRandom(1);
    FakeSocket[] clients = new FakeSocket[AT_ONCE];
    FakeSocket[] servers = new FakeSocket[AT_ONCE];
    for (int i = 0; i < CONNECTIONS + AT_ONCE; i++) {
      int slot = i % AT_ONCE;
      kernel.passes(random.nextLong(100_000));
      if (i >= AT_ONCE) {
        clients[slot].closesFirst(FakeProcess.CURL);
        servers[slot].closesLast(FakeProcess.NGINX_WORKER);
        servers[slot].close(TCP_LAST_ACK);
        clients[slot].close(TCP_FIN_WAIT2);
      }
      if (i < CONNECTIONS) {
        int port = 32_768 + i;
        // As the kernel's slabs lay them out.
        clients[slot] = kernel.client(0xffff888000000000L + slot * 2_368L);
        servers[slot] = kernel.server(0xffff888100000000L + slot * 2_368L);
        clients[slot].local("127.0.0.1", port).peer("127.0.0.1", 80);
        servers[slot].local("127.0.0.1", 80).peer("127.0.0.1", port);
        int isn = random.nextInt();
        clients[slot].isns(isn, ~isn).open(FakeProcess.CURL);
        servers[slot].isns(isn, ~isn).established();
        clients[slot].established();
      }
    }
  }

  int records() {
    return lengths.length;
  }

  /** Announces those who have the connections: once, as in life. */
  static void announce(RecordConsumer to) {
    FakeKernel kernel = new FakeKernel(to);
    kernel.announce(FakeProcess.CURL);
    kernel.announce(FakeProcess.NGINX_WORKER);
  }

  void playTo(RecordConsumer reader) {
    for (int i = 0; i < lengths.length; i++) {
      reader.record(ring, offsets[i], lengths[i]);
    }
  }
}
