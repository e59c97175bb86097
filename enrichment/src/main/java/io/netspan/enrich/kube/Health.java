package io.netspan.enrich.kube;

import io.netspan.enrich.secret.Untrusted;
import java.net.URI;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * Says and counts what goes wrong with watches that belong together: each kind of problem once
 * until all of them go on again.
 */
final class Health {
  private static final System.Logger LOG = System.getLogger("netspan.enrich");
  private static final int LONGEST_DETAIL = 300;

  private final URI server;
  private final String meanwhile;
  private final Map<KubeProblem, LongAdder> counts = new EnumMap<>(KubeProblem.class);
  private final Set<String> said = new HashSet<>();
  private final Set<String> away = new HashSet<>();

  /**
   * Nothing has gone wrong yet.
   *
   * @param meanwhile what happens until the server answers, as the end of a sentence
   */
  Health(URI server, String meanwhile) {
    this.server = server;
    this.meanwhile = meanwhile;
    for (KubeProblem each : KubeProblem.values()) {
      counts.put(each, new LongAdder());
    }
  }

  void count(KubeProblem problem) {
    LongAdder count = counts.get(problem);
    if (count != null) {
      count.increment();
    }
  }

  /** The watch of this resource does not go on. */
  synchronized void failed(String resource, KubeFailure failure) {
    away.add(resource);
    KubeProblem problem = failure.problem();
    // Rights differ by resource, the server is one.
    String what = problem == KubeProblem.FORBIDDEN ? problem + resource : problem.name();
    if (said.add(what)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Kubernetes at {0}, {1}: {2} ({3}); {4} until it answers, which is tried again and again",
          server,
          resource,
          problem.sentence(),
          Untrusted.text(String.valueOf(failure.getMessage()), LONGEST_DETAIL),
          meanwhile);
    }
  }

  /** More is there than is kept. */
  synchronized void overflowed(String resource) {
    count(KubeProblem.TOO_MANY);
    if (said.add(KubeProblem.TOO_MANY + resource)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Kubernetes at {0} has more {1} than are kept; the others are not known",
          server,
          resource);
    }
  }

  /** The watch of this resource goes on. */
  synchronized void opened(String resource) {
    if (away.remove(resource) && away.isEmpty() && !said.isEmpty()) {
      said.clear();
      LOG.log(System.Logger.Level.INFO, "Kubernetes at {0} answers again", server);
    }
  }

  /** By reason, those that occurred. */
  Map<String, Long> counts() {
    Map<String, Long> all = new HashMap<>();
    counts.forEach(
        (problem, count) -> {
          if (count.sum() > 0) {
            all.put(problem.value(), count.sum());
          }
        });
    return all;
  }
}
