package io.netspan.receiver.agent;

import io.netspan.config.AgentSettings;
import io.netspan.enrich.Contributor;
import java.util.List;
import java.util.Optional;

/**
 * The parts to which further ones can be added.
 *
 * @param sources where events come from
 * @param contributors sources of further knowledge about processes, by precedence
 */
record Parts(List<Sources.Wire> sources, List<Contribute> contributors) {
  /** The parts of netspan itself. */
  static final Parts ALL =
      new Parts(Sources.ALL, List.of(Kubernetes::contributor, Runtimes::contributor));

  /** Makes a contributor. */
  interface Contribute {
    /** Empty if the settings do not ask for it. */
    Optional<Contributor> contributor(AgentSettings settings, HeapShares shares);
  }

  List<Contributor> contributors(AgentSettings settings, HeapShares shares) {
    return contributors.stream()
        .flatMap(each -> each.contributor(settings, shares).stream())
        .toList();
  }
}
