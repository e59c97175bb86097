package io.netspan.receiver.agent;

/**
 * Something that did not get through, counted since the start.
 *
 * @param stage where: kernel, ring, decode, tracker, enrichment, output, export
 * @param reason why, a word of a closed set
 */
public record Loss(String stage, String reason, long count) {}
