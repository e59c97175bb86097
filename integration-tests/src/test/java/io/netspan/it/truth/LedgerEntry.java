package io.netspan.it.truth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One side of a connection or flow as the workload program recorded it. Times are wall-clock ns, or
 * 0 if unknown; unknown numbers are -1, and unknown texts are empty.
 */
public record LedgerEntry(JsonNode json) {
  private static final String ACCEPT = "accept";

  public boolean isClient() {
    return text("side").equals("client");
  }

  public boolean isUdp() {
    return text("transport").equals("udp");
  }

  public boolean isEstablished() {
    return json.path("established").booleanValue();
  }

  public String type() {
    return text("type");
  }

  public long pid() {
    return number("pid");
  }

  public long tid() {
    return number("tid");
  }

  public long netns() {
    return number("netns");
  }

  /** Returns the kind of the connection, in a row with several kinds. */
  public String what() {
    return text("what");
  }

  /** Returns the permitted close reasons; empty if unknown. */
  public Set<String> reasons() {
    return alternatives("reason");
  }

  public Set<String> errors() {
    return alternatives("error");
  }

  public Set<String> provenances() {
    return alternatives("provenance");
  }

  /**
   * Returns the permitted provenances of the owner, if all events were seen.
   *
   * @param acceptReported whether the kernel reports the process that accepts; wherever "accept" is
   *     permitted, it is then required
   */
  Set<String> owners(boolean acceptReported) {
    Set<String> all = alternatives("owner");
    if (!all.contains(ACCEPT)) {
      return all;
    }
    return acceptReported
        ? Set.of(ACCEPT)
        : all.stream().filter(one -> !one.equals(ACCEPT)).collect(Collectors.toUnmodifiableSet());
  }

  List<String> arguments() {
    List<String> all = new ArrayList<>();
    json.path("args").forEach(one -> all.add(one.textValue()));
    return all;
  }

  public long number(String name) {
    return json.path(name).longValue();
  }

  public String text(String name) {
    return json.path(name).asText("");
  }

  /** Returns the earliest time of the beginning. */
  public long opening() {
    return number("opening");
  }

  /** Returns the latest time of the beginning. */
  public long opened() {
    return number("opened");
  }

  /** Returns the earliest time of the end. */
  public long closing() {
    return number("closing");
  }

  /** Returns the time at which the program had done everything to end it. */
  public long closed() {
    return number("closed");
  }

  LedgerEntry byTheClockAtItsEnd() {
    long offset = closed() - number("closed_boot");
    ObjectNode moved = json.deepCopy();
    for (String moment : List.of("opening", "opened", "closing")) {
      if (number(moment) > 0) {
        moved.put(moment, number(moment + "_boot") + offset);
      }
    }
    return new LedgerEntry(moved);
  }

  /** Returns the sort key of entries with the same tuple. */
  long order() {
    return opening() > 0 ? opening() : opened();
  }

  boolean isLocalKnown() {
    return number("local_port") > 0;
  }

  Tuple tuple() {
    return new Tuple(
        netns(),
        isClient(),
        text("transport"),
        text("local_address"),
        number("local_port"),
        text("peer_address"),
        number("peer_port"));
  }

  Tuple partnersTuple() {
    return tuple().reversed(number("peer_netns"));
  }

  private Set<String> alternatives(String name) {
    String all = text(name);
    return all.isEmpty() ? Set.of() : Set.copyOf(Arrays.asList(all.split("\\|", -1)));
  }
}
