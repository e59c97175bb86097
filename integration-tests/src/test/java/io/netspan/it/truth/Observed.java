package io.netspan.it.truth;

import java.util.Map;
import java.util.OptionalLong;

/**
 * One side as the agent reported it, in any format.
 *
 * @param parentSpanId empty if the span has no parent
 * @param start wall-clock ns, as is {@code end}
 * @param attributes of the span and its Resource; the values are String, Long, Double, Boolean,
 *     List or another type that is only printed
 * @param events by name, with their attributes and {@link #TIME}; empty if the format has none
 */
public record Observed(
    String kind,
    String name,
    String traceId,
    String spanId,
    String parentSpanId,
    long start,
    long end,
    Map<String, Object> attributes,
    Map<String, Map<String, Object>> events) {

  /** The key of the time of an event, in wall-clock ns. */
  public static final String TIME = "time";

  public boolean has(String name) {
    return attributes.containsKey(name);
  }

  /** Returns a text attribute, or an empty string if there is none. */
  public String text(String name) {
    return attributes.getOrDefault(name, "") instanceof String text ? text : "";
  }

  /** Returns an integer attribute, or -1 if there is none. */
  public long number(String name) {
    return attributes.getOrDefault(name, -1L) instanceof Long number ? number : -1;
  }

  /** Returns a floating-point attribute, or -1 if there is none. */
  double real(String name) {
    return attributes.getOrDefault(name, -1.0) instanceof Number number ? number.doubleValue() : -1;
  }

  /** Returns the time of this event, if it is known. */
  OptionalLong time(String event) {
    Map<String, Object> attributes = events.getOrDefault(event, Map.of());
    return attributes.get(TIME) instanceof Long time ? OptionalLong.of(time) : OptionalLong.empty();
  }

  Tuple tuple() {
    return new Tuple(
        number("netspan.netns"),
        kind.equals("CLIENT"),
        text("network.transport"),
        text("network.local.address"),
        number("network.local.port"),
        text("network.peer.address"),
        number("network.peer.port"));
  }
}
