package io.netspan.receiver.export;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a backend has received, by the ids of spans. May be used by any thread. */
final class ReceivedSpans {
  private static final int RESOURCE_SPANS = 1;
  private static final int SCOPE_SPANS = 2;
  private static final int SPANS = 2;
  private static final int SPAN_ID = 2;

  private final Set<String> ids = new LinkedHashSet<>();
  private long twice;

  /** Reads an {@code ExportTraceServiceRequest}. */
  synchronized void add(byte[] request) {
    for (String id : ids(request)) {
      if (!ids.add(id)) {
        twice++;
      }
    }
  }

  private static List<String> ids(byte[] request) {
    List<String> all = new ArrayList<>();
    ProtoFields resources = new ProtoFields(request);
    while (resources.next()) {
      ProtoFields scopes = resources.message();
      while (resources.number() == RESOURCE_SPANS && scopes.next()) {
        ProtoFields spans = scopes.number() == SCOPE_SPANS ? scopes.message() : null;
        while (spans != null && spans.next()) {
          ProtoFields fields = spans.number() == SPANS ? spans.message() : null;
          while (fields != null && fields.next()) {
            if (fields.number() == SPAN_ID) {
              all.add(HexFormat.of().formatHex(fields.content()));
            }
          }
        }
      }
    }
    return all;
  }

  /** How many different spans were received. */
  synchronized int count() {
    return ids.size();
  }

  synchronized boolean contains(String id) {
    return ids.contains(id);
  }

  /** How many were received that had been received before. */
  synchronized long twice() {
    return twice;
  }
}
