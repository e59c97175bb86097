package io.netspan.receiver.replay;

import io.netspan.bpf.RecordConsumer;
import io.netspan.receiver.wire.KernelEvent;
import io.netspan.receiver.wire.WireLayout;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * The records of some connections, both ends of each, one after the other as in the ring. Each is
 * as long as its header says. All connections are closed at the end, so it can be played again.
 */
final class Tape {
  static final String RESOURCE = "connections.tape.gz";

  private final MemorySegment records;
  private final List<Long> offsets = new ArrayList<>();
  private final List<Long> times = new ArrayList<>();

  private Tape(byte[] bytes) {
    records = Arena.ofAuto().allocate(bytes.length, Long.BYTES);
    MemorySegment.copy(bytes, 0, records, ValueLayout.JAVA_BYTE, 0, bytes.length);
    for (long at = 0; at < bytes.length; at += size(at)) {
      offsets.add(at);
      times.add(records.get(WireLayout.U64, at + KernelEvent.KTIME_NS));
    }
  }

  /** The tape in the agent's jar. */
  static Tape load() {
    try (InputStream in = Tape.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the class path; build again");
      }
      try (GZIPInputStream unpacked = new GZIPInputStream(in)) {
        return new Tape(unpacked.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int size(long offset) {
    return records.get(WireLayout.U32, offset + KernelEvent.SIZE);
  }

  int length() {
    return offsets.size();
  }

  /**
   * Hands over all records, as if the last one had just been written.
   *
   * @param nowNs CLOCK_BOOTTIME
   */
  void playTo(RecordConsumer reader, long nowNs) {
    long later = nowNs - times.getLast();
    for (int i = 0; i < offsets.size(); i++) {
      long at = offsets.get(i);
      records.set(WireLayout.U64, at + KernelEvent.KTIME_NS, times.get(i) + later);
      reader.record(records, at, size(at));
    }
  }
}
