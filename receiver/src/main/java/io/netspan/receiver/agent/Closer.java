package io.netspan.receiver.agent;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Closes what was registered, once and in reverse order. If one fails to close, the others are
 * closed all the same.
 */
final class Closer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  <T extends AutoCloseable> T register(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        LOG.log(System.Logger.Level.WARNING, "closing failed: {0}", e.toString());
      }
    }
  }
}
