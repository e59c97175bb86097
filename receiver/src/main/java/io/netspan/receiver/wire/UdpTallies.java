package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.u64;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct udp_tallies}, summed over all CPUs: the datagrams and failed calls for which there
 * was no room.
 *
 * @param socketFull counted in the flow of the other peers, because the socket had as many flows as
 *     allowed
 * @param tableFull counted in the flow of the other peers, because there was no room for one more
 *     flow
 * @param lost counted in no flow
 * @param lostBytes the bytes of the lost ones
 */
public record UdpTallies(long socketFull, long tableFull, long lost, long lostBytes) {
  public static final StructLayout LAYOUT =
      MemoryLayout.structLayout(
              u64("socket_full"), u64("table_full"), u64("lost"), u64("lost_bytes"))
          .withName("udp_tallies");

  /**
   * Adds up the counts of all CPUs.
   *
   * @param values one {@code struct udp_tallies} per CPU, as a per-CPU map's look-up gives them
   */
  public static UdpTallies sum(MemorySegment values, int cpus) {
    return new UdpTallies(
        sum(values, cpus, "socket_full"),
        sum(values, cpus, "table_full"),
        sum(values, cpus, "lost"),
        sum(values, cpus, "lost_bytes"));
  }

  private static long sum(MemorySegment values, int cpus, String member) {
    long offset = WireLayout.offset(LAYOUT, member);
    long sum = 0;
    for (int cpu = 0; cpu < cpus; cpu++) {
      sum += values.get(WireLayout.U64, LAYOUT.byteSize() * cpu + offset);
    }
    return sum;
  }
}
