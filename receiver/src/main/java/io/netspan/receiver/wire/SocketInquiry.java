package io.netspan.receiver.wire;

import io.netspan.bpf.BpfMap;
import io.netspan.bpf.BpfObject;
import io.netspan.bpf.RecordConsumer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Asks the kernel for one socket by its address: the program {@code ask}. Belongs to the tracer's
 * thread.
 */
public final class SocketInquiry {
  private static final String PROGRAM = "ask";

  private final BpfObject object;
  private final BpfMap answer;
  private final MemorySegment record =
      Arena.ofAuto().allocate(TcpSocketEvent.LAYOUT.byteSize(), Long.BYTES);

  public SocketInquiry(BpfObject object) {
    this.object = object;
    this.answer = object.map("answer");
  }

  /** Hands over a {@link TcpSocketEvent} if there is an open TCP socket at this address. */
  public void ask(long sk, RecordConsumer consumer) {
    object.run(PROGRAM, sk);
    answer.lookup(0, record);
    if (record.get(WireLayout.U32, KernelEvent.TYPE) == EventType.TCP_SOCKET.code()) {
      consumer.record(record, 0, (int) record.byteSize());
    }
  }
}
