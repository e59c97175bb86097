package io.netspan.receiver.source;

/**
 * Something that did not get through, counted since the start.
 *
 * @param stage where: kernel, ring, poll, tracer, decode, tracker, enrichment, output, export
 * @param reason why, a word of a closed set
 */
public record Loss(String stage, String reason, long count) {
  /** The sum of both losses, which have the same stage and reason. */
  Loss plus(Loss other) {
    return new Loss(stage, reason, count + other.count);
  }
}
