package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.config.MetricAttribute;
import io.netspan.receiver.net.SocketEnds;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The attributes that metrics have only where they are asked for. A combination of their values has
 * a number, which is a part of the key of a series; {@link #NONE} stands for no values. There are
 * at most {@value #MOST} numbers, more than there are series, and those without a series are
 * reused.
 *
 * <p>Without any such attribute nothing is allocated. Belongs to the thread that has the turn.
 */
public final class OptInAttributes {
  /** The number of no values. */
  static final int NONE = 0;

  /** What 13 bits hold, see {@link SocketDetails}. */
  static final int MOST = 8_191;

  private final Map<String, Set<String>> byMetric = new HashMap<>();
  private final List<String> keys;
  private final Map<List<String>, Integer> numbers = new HashMap<>();
  private final Map<Integer, Values> values = new TreeMap<>();
  private int next = NONE + 1;

  /** The values of all keys; empty where there is none. */
  private static final class Values {
    private final List<String> texts;
    private int series;

    Values(List<String> texts) {
      this.texts = texts;
    }
  }

  public OptInAttributes(List<MetricAttribute> all) {
    Set<String> union = new LinkedHashSet<>();
    for (MetricAttribute one : all) {
      byMetric.computeIfAbsent(one.metric(), _ -> new LinkedHashSet<>()).add(one.attribute());
      union.add(one.attribute());
    }
    keys = List.copyOf(union);
  }

  /** Whether any metric has such an attribute. */
  boolean isAny() {
    return !keys.isEmpty();
  }

  /** The number of the values for a socket and its owner; {@link #NONE} if nothing is asked for. */
  int of(SocketEnds ends, boolean isClient, boolean isServer, Workload owner) {
    if (keys.isEmpty()) {
      return NONE;
    }
    List<String> texts = new ArrayList<>(keys.size());
    for (String key : keys) {
      texts.add(value(key, ends, isClient, isServer, owner));
    }
    Integer known = numbers.get(texts);
    return known != null ? known : add(List.copyOf(texts));
  }

  private static String value(
      String key, SocketEnds ends, boolean isClient, boolean isServer, Workload owner) {
    return switch (key) {
      case "server.address" -> isClient ? peer(ends) : isServer ? local(ends) : "";
      case "client.address" -> isClient ? local(ends) : isServer ? peer(ends) : "";
      case "network.local.address" -> local(ends);
      case "network.peer.address" -> peer(ends);
      case "network.type" -> ends.isIpv6() ? "ipv6" : "ipv4";
      default -> ofResource(key, owner);
    };
  }

  private static String local(SocketEnds ends) {
    return ends.hasLocalAddress() ? ends.localText() : "";
  }

  private static String peer(SocketEnds ends) {
    return (ends.peerHigh() | ends.peerLow()) == 0 ? "" : ends.peerText();
  }

  private static String ofResource(String key, Workload owner) {
    Attributes all = Resources.of(owner).getAttributes();
    String text = all.get(stringKey(key));
    Long number = text == null ? all.get(AttributeKey.longKey(key)) : null;
    return text != null ? text : number != null ? number.toString() : "";
  }

  private int add(List<String> texts) {
    if (values.size() >= MOST) {
      forgetUnused();
    }
    while (values.containsKey(next)) {
      next = next % MOST + 1;
    }
    int number = next;
    next = next % MOST + 1;
    numbers.put(texts, number);
    values.put(number, new Values(texts));
    return number;
  }

  /** There are fewer series than numbers, so some have none. */
  private void forgetUnused() {
    values.values().removeIf(one -> one.series == 0 && numbers.remove(one.texts) != null);
  }

  /** Notes a new series with these values. */
  void used(int number) {
    Values known = values.get(number);
    if (known != null) {
      known.series++;
    }
  }

  /** Notes that a series with these values has ended. */
  void unused(int number) {
    Values known = values.get(number);
    if (known != null) {
      known.series--;
    }
  }

  /** The attributes of a metric's series that has these values. */
  Attributes with(String metric, int number, Attributes usual) {
    Set<String> wanted = byMetric.get(metric);
    @Nullable Values known = values.get(number);
    if (wanted == null || known == null) {
      return usual;
    }
    AttributesBuilder all = usual.toBuilder();
    for (int i = 0; i < keys.size(); i++) {
      String text = known.texts.get(i);
      if (wanted.contains(keys.get(i)) && !text.isEmpty()) {
        all.put(stringKey(keys.get(i)), text);
      }
    }
    return all.build();
  }
}
