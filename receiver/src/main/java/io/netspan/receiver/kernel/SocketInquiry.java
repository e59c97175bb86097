package io.netspan.receiver.kernel;

import io.netspan.bpf.RecordConsumer;
import io.netspan.bpf.object.BpfMap;
import io.netspan.bpf.object.BpfObject;
import io.netspan.bpf.object.BpfProgram;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.wire.KernelEvent;
import io.netspan.receiver.wire.TcpSocketEvent;
import io.netspan.receiver.wire.WireLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Asks the kernel for one socket by its address: the program {@code ask}. Belongs to the tracer's
 * thread.
 */
final class SocketInquiry {
  private static final String PROGRAM = "ask";

  private final BpfProgram ask;
  private final BpfMap answer;
  private final MemorySegment record =
      Arena.ofAuto().allocate(TcpSocketEvent.recordSize(), Long.BYTES);

  SocketInquiry(BpfObject object) {
    this.ask = object.program(PROGRAM);
    this.answer = object.map("answer");
  }

  /** Hands over a {@link TcpSocketEvent} if there is an open TCP socket at this address. */
  void ask(long sk, RecordConsumer consumer) {
    ask.run(sk);
    answer.lookup(0, record);
    if (record.get(WireLayout.U32, KernelEvent.TYPE) == EventType.TCP_SOCKET.code()) {
      consumer.record(record, 0, (int) record.byteSize());
    }
  }
}
