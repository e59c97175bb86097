package io.netspan.receiver.workload;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All services that anything refers to. Bounded: beyond {@value #MOST} services, new ones are the
 * same {@link #overflow}. A service that nothing refers to any more is forgotten, and its number is
 * given to another one. May be used by any thread.
 */
public final class Services {
  static final int MOST = 4096;
  static final String OVERFLOW_NAME = "otel.overflow";

  private final Map<Service.Key, Entry> known = new HashMap<>();
  private final ReferenceQueue<Service> unreferenced = new ReferenceQueue<>();
  private final ArrayDeque<Integer> free = new ArrayDeque<>();
  private final Service overflow =
      new Service(0, new Service.Key(OVERFLOW_NAME, null, Map.of()), null);
  private int next = 1;
  private long overflows;

  private static final class Entry extends WeakReference<Service> {
    final Service.Key key;
    final int number;

    Entry(Service service, Service.Key key, ReferenceQueue<Service> queue) {
      super(service, queue);
      this.key = key;
      this.number = service.number();
    }
  }

  /** The service with this key: the same object as long as it is referenced. */
  public synchronized Service intern(Service.Key key) {
    forget();
    Entry entry = known.get(key);
    Service service = entry == null ? null : entry.get();
    return service != null ? service : add(key);
  }

  private Service add(Service.Key key) {
    Service named = key.attributes().isEmpty() ? null : intern(key.withoutAttributes());
    Integer number = number();
    if (number == null) {
      overflows++;
      return overflow;
    }
    Service added = new Service(number, key, named);
    known.put(key, new Entry(added, key, unreferenced));
    return added;
  }

  private @Nullable Integer number() {
    if (!free.isEmpty()) {
      return free.removeFirst();
    }
    return next < MOST ? next++ : null;
  }

  private void forget() {
    for (Reference<? extends Service> one = unreferenced.poll();
        one != null;
        one = unreferenced.poll()) {
      Entry entry = (Entry) one;
      known.remove(entry.key, entry); // Unless the same service has been added again.
      free.addLast(entry.number);
    }
  }

  /** Stands for all services that there was no room for. */
  public Service overflow() {
    return overflow;
  }

  /** How often there was no room for a service. */
  public synchronized long overflows() {
    return overflows;
  }

  /** How many services are known. */
  public synchronized int size() {
    forget();
    return known.size();
  }
}
