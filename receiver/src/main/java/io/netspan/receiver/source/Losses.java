package io.netspan.receiver.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Everything that the agent loses, by stage and reason: each part registers what it can lose. Any
 * thread.
 */
public final class Losses {
  private final List<Supplier<List<Loss>>> parts = new CopyOnWriteArrayList<>();

  /** Registers one reason. */
  public void register(String stage, String reason, LongSupplier count) {
    parts.add(() -> List.of(new Loss(stage, reason, count.getAsLong())));
  }

  /** Registers a part with reasons of its own. */
  public void register(Supplier<List<Loss>> part) {
    parts.add(part);
  }

  /** Every registered loss in registration order, with a count of 0 if nothing was lost. */
  public List<Loss> all() {
    Map<String, Loss> all = new LinkedHashMap<>();
    parts.forEach(part -> merge(part.get(), all));
    return List.copyOf(new ArrayList<>(all.values()));
  }

  /** Adds counts of the same stage and reason. */
  static void merge(List<Loss> losses, Map<String, Loss> into) {
    for (Loss loss : losses) {
      into.merge(loss.stage() + "/" + loss.reason(), loss, Loss::plus);
    }
  }
}
