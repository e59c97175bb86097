package io.netspan.receiver.otlp;

import io.netspan.receiver.telemetry.NetworkSpan;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Encodes batches of spans as {@code ExportTraceServiceRequest}, whose bytes are the same as those
 * of {@code TracesData}. The SDK's exporters do that too, but from attributes as objects: at two
 * spans for every connection of a busy machine, they were most of the agent's CPU and memory. Here
 * a span writes its numbers into a buffer that is reused. What is allocated for a batch is the
 * request, little for each Resource, and the name and the event of each span.
 *
 * <p>The spans are in the order of the batch within the Resource of their workload. Belongs to one
 * thread.
 */
public final class TraceRequest {
  // The fields of TracesData, ResourceSpans and ScopeSpans.
  private static final int RESOURCE_SPANS = 1;
  private static final int RESOURCE = 1;
  private static final int SCOPE_SPANS = 2;
  private static final int SCHEMA_URL = 3;
  private static final int SCOPE = 1;
  private static final int SPANS = 2;

  private static final int RESOURCE_ATTRIBUTES = 1;
  private static final int SCOPE_NAME = 1;
  private static final int SCOPE_VERSION = 2;
  private static final int SCOPE_ATTRIBUTES = 3;

  /** A buffer for 2,048 spans of the usual size. */
  private static final int MOST_KEPT = 4 << 20;

  private static final int INITIAL = 64 << 10;

  private final OtlpSpan encoder = new OtlpSpan();
  private final Buffer spans = new Buffer(INITIAL);
  private final Buffer heads = new Buffer(INITIAL);
  private final byte[] scope;

  /** Spans with one Resource; where their encoded forms are, and the Resource's own. */
  private static final class Group {
    final Resource resource;
    final List<NetworkSpan> members = new ArrayList<>();
    int headSize;
    int spansSize;

    Group(Resource resource) {
      this.resource = resource;
    }
  }

  /** Creates an encoder of spans of one scope. */
  public TraceRequest(InstrumentationScopeInfo scope) {
    Buffer content = new Buffer(64);
    KeyValues.text(SCOPE_NAME, scope.getName(), content);
    String version = scope.getVersion();
    if (version != null) {
      KeyValues.text(SCOPE_VERSION, version, content);
    }
    KeyValues.append(scope.getAttributes(), SCOPE_ATTRIBUTES, content);
    Buffer field = new Buffer(64);
    KeyValues.message(SCOPE, content.toArray(), field);
    this.scope = field.toArray();
  }

  /**
   * The bytes of the request with these spans, each with the Resource that its workload has now.
   */
  public byte[] encode(Collection<NetworkSpan> batch) {
    Collection<Group> groups = groups(batch);
    int size = 0;
    for (Group group : groups) {
      resource(group);
      spans(group);
      size += Wire.sizeOfField(sizeOf(group));
    }
    Buffer request = new Buffer(size);
    int head = 0;
    int first = 0;
    for (Group group : groups) {
      request.small(Wire.length(RESOURCE_SPANS));
      request.varint(sizeOf(group));
      request.append(heads, head, group.headSize);
      request.small(Wire.length(SCOPE_SPANS));
      request.varint(scope.length + group.spansSize);
      request.bytes(scope);
      request.append(spans, first, group.spansSize);
      head += group.headSize;
      first += group.spansSize;
    }
    heads.shrink(MOST_KEPT, INITIAL);
    spans.shrink(MOST_KEPT, INITIAL);
    return request.toArray();
  }

  private static Collection<Group> groups(Collection<NetworkSpan> batch) {
    // By identity, since a workload's Resource is one object until it changes.
    IdentityHashMap<Resource, Group> groups = new IdentityHashMap<>();
    List<Group> inOrder = new ArrayList<>();
    for (NetworkSpan span : batch) {
      Resource resource = span.getResource();
      Group group = groups.get(resource);
      if (group == null) {
        group = new Group(resource);
        groups.put(resource, group);
        inOrder.add(group);
      }
      group.members.add(span);
    }
    return inOrder;
  }

  private int sizeOf(Group group) {
    return group.headSize + Wire.sizeOfField(scope.length + group.spansSize);
  }

  /** Appends the Resource and its schema, which precede the spans. */
  private void resource(Group group) {
    int before = heads.size();
    Buffer attributes = new Buffer(512);
    KeyValues.append(group.resource.getAttributes(), RESOURCE_ATTRIBUTES, attributes);
    KeyValues.message(RESOURCE, attributes.toArray(), heads);
    String schema = group.resource.getSchemaUrl();
    if (schema != null) {
      KeyValues.text(SCHEMA_URL, schema, heads);
    }
    group.headSize = heads.size() - before;
  }

  private void spans(Group group) {
    int before = spans.size();
    for (NetworkSpan span : group.members) {
      Buffer encoded = encoder.encode(span);
      spans.small(Wire.length(SPANS));
      spans.varint(encoded.size());
      spans.append(encoded);
    }
    group.spansSize = spans.size() - before;
  }
}
