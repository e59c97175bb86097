package io.netspan.config;

import java.time.Duration;

/**
 * How spans are put together for a backend, under the names of OpenTelemetry's batch span
 * processor.
 *
 * @param scheduleDelay how long spans wait for others at most
 * @param maxQueueSize spans that wait at most; more are dropped
 * @param maxExportBatchSize spans of a request at most, no more than the queue holds
 */
public record BatchSettings(Duration scheduleDelay, int maxQueueSize, int maxExportBatchSize) {

  private static final Range SIZE = new Range(1, 1 << 30, "write a number from 1 to 1073741824");
  private static final Range TIME = new Range(0, Long.MAX_VALUE, "write 0 or more milliseconds");

  /**
   * Both ends of a connection should reach a backend within its window for pairing them, which is 2
   * s in the Collector's service graph.
   */
  public static final BatchSettings DEFAULTS =
      new BatchSettings(Duration.ofMillis(500), 32_768, 2_048);

  /**
   * @throws ConfigException with the first problem
   */
  public BatchSettings {
    TIME.require("schedule_delay", scheduleDelay.toMillis());
    SIZE.require("max_queue_size", maxQueueSize);
    SIZE.require("max_export_batch_size", maxExportBatchSize);
    maxExportBatchSize = Math.min(maxExportBatchSize, maxQueueSize);
  }
}
