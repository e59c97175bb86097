package io.netspan.enrich.kube;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Objects of one kind by their uids. May be read by any thread. */
final class PeerStore<T> implements Store<T> {
  private final Map<String, T> objects = new ConcurrentHashMap<>();
  private final int most;
  private final UnaryOperator<T> compact;
  private final Runnable changed;

  /**
   * No object is known yet.
   *
   * @param most objects that are kept
   * @param compact makes an object smaller
   * @param changed called when anything has changed
   */
  PeerStore(int most, UnaryOperator<T> compact, Runnable changed) {
    this.most = most;
    this.compact = compact;
    this.changed = changed;
  }

  @Nullable T get(String uid) {
    return objects.get(uid);
  }

  Collection<T> all() {
    return objects.values();
  }

  int size() {
    return objects.size();
  }

  @Override
  public boolean put(String uid, T object) {
    T before = objects.get(uid);
    if (before == null && objects.size() >= most) {
      return false;
    }
    if (!object.equals(before)) {
      objects.put(uid, compact.apply(object));
      changed.run();
    }
    return true;
  }

  @Override
  public void remove(String uid) {
    if (objects.remove(uid) != null) {
      changed.run();
    }
  }

  @Override
  public void complete(Set<String> uids) {
    if (objects.keySet().retainAll(uids)) {
      changed.run();
    }
  }
}
