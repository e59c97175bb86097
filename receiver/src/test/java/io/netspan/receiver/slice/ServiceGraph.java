package io.netspan.receiver.slice;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which a backend makes edges between services of spans. A client's span is kept by
 * its trace and span id, a server's by its trace and parent id, until the other one comes or the
 * time to live is over; then an attribute may stand for the other end, as a virtual node.
 *
 * <p>Written from the sources of these versions, with their default settings:
 *
 * <ul>
 *   <li>{@link Rules#COLLECTOR}: opentelemetry-collector-contrib, connector/servicegraphconnector,
 *       connector.go of commit ea186db84c69 (semantic conventions 1.38; the feature gate
 *       virtualNode is stable as of 0.154), internal/store/store.go of 0cb25a156fa6, edge.go of
 *       20f9304dce0f;
 *   <li>{@link Rules#TEMPO}: grafana/tempo, modules/generator/processor/servicegraphs,
 *       servicegraphs.go of commit 0072e1d47359, store/store.go of 01a702ccf84d, store/edge.go of
 *       0b8afcb50f38; the slack of modules/generator/instance.go of 01f2b436fbac.
 * </ul>
 */
final class ServiceGraph {
  /** Both look for what has expired this often. */
  private static final long EXPIRE_EVERY_NS = TimeUnit.SECONDS.toNanos(2);

  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");

  /** The default peer attributes of both; the first that the span has is the virtual node. */
  private static final List<AttributeKey<String>> PEER_ATTRIBUTES =
      List.of(
          AttributeKey.stringKey("peer.service"),
          AttributeKey.stringKey("db.name"),
          AttributeKey.stringKey("db.system"));

  /** The default settings of a backend. */
  enum Rules {
    COLLECTOR(2, 1_000, Long.MAX_VALUE),
    TEMPO(10, 10_000, 30);

    private final long ttlNs;
    private final int mostItems;
    private final long slackNs;

    Rules(long ttlSeconds, int mostItems, long slackSeconds) {
      this.ttlNs = TimeUnit.SECONDS.toNanos(ttlSeconds);
      this.mostItems = mostItems;
      this.slackNs = TimeUnit.SECONDS.toNanos(slackSeconds); // Saturates.
    }
  }

  /**
   * Requests between two services.
   *
   * @param type empty or {@code virtual_node}
   */
  record Edge(String client, String server, String type, boolean failed) {
    @Override
    public String toString() {
      return client
          + " -> "
          + server
          + (type.isEmpty() ? "" : " (" + type + ")")
          + (failed ? " failed" : "");
    }
  }

  private static final class Stored {
    final String parent;
    final long expiresNs;
    String client = "";
    String server = "";
    String peer = "";
    boolean failed;

    Stored(String parent, long expiresNs) {
      this.parent = parent;
      this.expiresNs = expiresNs;
    }

    boolean isComplete() {
      return !client.isEmpty() && !server.isEmpty();
    }
  }

  private record Key(String traceId, String spanId) {}

  private final Rules rules;

  /** In the order in which they expire. */
  private final Map<Key, Stored> stored = new LinkedHashMap<>();

  private final Map<String, Integer> edges = new LinkedHashMap<>();
  private long expiredUntilNs;
  int dropped;
  int expired;
  int mostStored;

  ServiceGraph(Rules rules) {
    this.rules = rules;
  }

  /** The number of requests by edge. */
  Map<String, Integer> edges() {
    return edges;
  }

  /**
   * Takes a span.
   *
   * @param nowNs when it comes, by the same clock at each call
   * @param nowEpochNs the same by the backend's wall clock
   */
  void accept(SpanData span, long nowNs, long nowEpochNs) {
    passUntil(nowNs);
    if (Math.abs(nowEpochNs - span.getEndEpochNanos()) > rules.slackNs) {
      dropped++;
      return;
    }
    String service = span.getResource().getAttribute(SERVICE_NAME);
    boolean client = span.getKind() == SpanKind.CLIENT;
    if (service == null || (!client && span.getKind() != SpanKind.SERVER)) {
      return;
    }
    Key key = new Key(span.getTraceId(), client ? span.getSpanId() : span.getParentSpanId());
    Stored known = stored.get(key);
    Stored edge = known == null ? new Stored(key.spanId(), nowNs + rules.ttlNs) : known;
    update(edge, span, service, client);
    if (edge.isComplete()) {
      stored.remove(key);
      count(edge, "");
    } else if (known == null) {
      add(key, edge, nowNs);
    }
  }

  private void update(Stored edge, SpanData span, String service, boolean client) {
    if (client) {
      edge.client = service;
    } else {
      edge.server = service;
    }
    edge.failed |= span.getStatus().getStatusCode() == StatusCode.ERROR;
    if (client || rules == Rules.TEMPO) {
      edge.peer = Objects.requireNonNullElse(peer(span), edge.peer);
    }
  }

  private static @Nullable String peer(SpanData span) {
    for (AttributeKey<String> key : PEER_ATTRIBUTES) {
      String value = span.getAttributes().get(key);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  /** If the store is full, the Collector makes room of what has expired; Tempo does not. */
  private void add(Key key, Stored edge, long nowNs) {
    if (stored.size() >= rules.mostItems) {
      Map.Entry<Key, Stored> first = stored.entrySet().iterator().next();
      if (rules == Rules.TEMPO || first.getValue().expiresNs >= nowNs) {
        dropped++;
        return;
      }
      stored.remove(first.getKey());
      expire(first.getValue());
    }
    stored.put(key, edge);
    mostStored = Math.max(mostStored, stored.size());
  }

  /** Time passes without a span. */
  void passUntil(long nowNs) {
    while (expiredUntilNs + EXPIRE_EVERY_NS <= nowNs) {
      expiredUntilNs += EXPIRE_EVERY_NS;
      long now = expiredUntilNs;
      List<Stored> over = new ArrayList<>();
      stored.values().removeIf(edge -> edge.expiresNs < now && over.add(edge));
      over.forEach(this::expire);
    }
  }

  private void expire(Stored edge) {
    expired++;
    if (edge.client.isEmpty()) {
      if (edge.parent.equals(SpanId.getInvalid())) {
        edge.client = "user";
        count(edge, "virtual_node");
      }
    } else if (rules == Rules.COLLECTOR || !edge.peer.isEmpty()) {
      edge.server = edge.peer.isEmpty() ? "unknown" : edge.peer;
      count(edge, "virtual_node");
    }
  }

  private void count(Stored edge, String type) {
    edges.merge(new Edge(edge.client, edge.server, type, edge.failed).toString(), 1, Integer::sum);
  }
}
