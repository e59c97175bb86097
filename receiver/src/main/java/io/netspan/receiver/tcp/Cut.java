package io.netspan.receiver.tcp;

/**
 * A moment at which open connections are cut into slices: one interval ends and the next begins.
 *
 * @param ns CLOCK_BOOTTIME
 * @param epochNs the same moment in nanoseconds since the epoch
 * @param interval the number of the interval that begins: {@code epochNs} divided by its length
 */
public record Cut(long ns, long epochNs, long interval) {}
