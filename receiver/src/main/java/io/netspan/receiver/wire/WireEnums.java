package io.netspan.receiver.wire;

import io.netspan.bpf.btf.Btf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Compares the numbers of Java's enums with those of the C enums that they stand for. */
final class WireEnums {
  /** C has a last member for the size of arrays, which is no value. */
  private static final String COUNT = "_COUNT";

  private WireEnums() {}

  /** A line for each C enum whose members or numbers differ; empty if none does. */
  static List<String> differences(Btf btf) {
    Map<String, Long> types = new LinkedHashMap<>();
    for (EventType type : EventType.values()) {
      if (type != EventType.UNKNOWN) {
        types.put("EVENT_" + type.name(), (long) type.code());
      }
    }
    Map<String, Long> failures = new LinkedHashMap<>();
    for (KernelCounts.Failure failure : KernelCounts.Failure.values()) {
      failures.put("FAILURE_" + failure.name(), (long) failure.ordinal());
    }
    List<String> all = new ArrayList<>();
    compare("netspan_event", types, btf, all);
    compare("netspan_failure", failures, btf, all);
    return all;
  }

  private static void compare(String name, Map<String, Long> java, Btf btf, List<String> to) {
    Map<String, Long> c = new LinkedHashMap<>(btf.enumerators(name));
    c.keySet().removeIf(member -> member.endsWith(COUNT));
    if (!c.equals(java)) {
      to.add("enum " + name + ": C " + c + ", Java " + java);
    }
  }
}
