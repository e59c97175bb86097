package io.netspan.receiver.agent;

import io.netspan.config.AgentSettings;
import io.netspan.config.ByteSize;
import io.netspan.config.ExportSettings;
import io.netspan.config.TracerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How many objects of each kind may be kept, so that all of them together fit into the heap; fixed
 * bounds alone could allow more than a small heap holds.
 *
 * @param heapBytes the maximum size of the heap
 */
record HeapShares(long heapBytes) {
  private static final int MOST_PROCESSES = 131_072;
  private static final int MOST_WAITING = 65_536;
  private static final int MOST_CLUSTER_OBJECTS = 262_144;
  private static final long MOST_CONTAINER_BYTES = 16L << 20;

  // Half of the heap, a quarter and an eighth, by the bytes that one object takes; a side of a
  // connection takes 352, and some 50 in tables.
  private static final long PER_CONNECTION = 2 * 400;
  private static final long PER_PROCESS = 4 * 512;
  private static final long PER_SPAN = 8 * 400;
  private static final long PER_CLUSTER_OBJECT = 8 * 1_024;

  static HeapShares ofThisJvm() {
    return new HeapShares(Runtime.getRuntime().maxMemory());
  }

  /** The most open connections: the configured number, otherwise a share of the heap. */
  int connections(OptionalInt wanted) {
    return wanted.orElseGet(
        () -> share(PER_CONNECTION, TracerSettings.MOST_CONNECTIONS_BY_DEFAULT));
  }

  /** The most processes that are remembered. */
  int processes() {
    return share(PER_PROCESS, MOST_PROCESSES);
  }

  /** The most ended connections that wait to be printed. */
  int waitingToBePrinted() {
    return share(PER_SPAN, MOST_WAITING);
  }

  /**
   * The bytes of requests that wait for backends: the configured number, otherwise a sixth. It
   * comes on top of the shares of objects, which leave a tenth of the heap if all are at their
   * limits.
   */
  long exportBacklog(OptionalLong wanted) {
    return wanted.orElseGet(() -> Math.min(heapBytes / 6, ExportSettings.MOST_BACKLOG_BY_DEFAULT));
  }

  /** The bytes of what is remembered of each runtime's containers: 4 MiB of 256. */
  long containerBytes() {
    return Math.min(heapBytes / 64, MOST_CONTAINER_BYTES);
  }

  /** The most objects of each kind of a cluster that name addresses: 32,768 of 256 MiB. */
  int clusterObjects() {
    return share(PER_CLUSTER_OBJECT, MOST_CLUSTER_OBJECTS);
  }

  /**
   * What was configured and needs a larger heap, a sentence each. Such a limit is kept, since not
   * all of it may ever be used.
   */
  List<String> warnings(AgentSettings settings) {
    List<String> all = new ArrayList<>();
    OptionalInt connections = settings.tracer().mostConnections();
    if (connections.isPresent() && connections.getAsInt() > heapBytes / PER_CONNECTION) {
      all.add(
          tooSmall(
              "--max-connections is " + connections.getAsInt(),
              Long.toString(heapBytes / PER_CONNECTION)));
    }
    OptionalLong backlog = settings.export().backlogBytes();
    if (backlog.isPresent() && backlog.getAsLong() > heapBytes / 2) {
      all.add(
          tooSmall(
              "--export-backlog is " + ByteSize.written(backlog.getAsLong()),
              ByteSize.written(heapBytes / 2)));
    }
    return all;
  }

  private String tooSmall(String configured, String most) {
    return configured
        + ", more than half of the heap of "
        + (heapBytes >> 20)
        + "M holds ("
        + most
        + "): write less, or give Java more with NETSPAN_JAVA_OPTS=-Xmx";
  }

  private int share(long perOne, int most) {
    return Math.clamp(heapBytes / perOne, 1, most);
  }
}
