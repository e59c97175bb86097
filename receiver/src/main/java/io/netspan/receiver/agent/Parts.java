package io.netspan.receiver.agent;

import io.netspan.enrich.Contributor;
import java.util.List;

/**
 * The parts to which further ones can be added.
 *
 * @param sources where events come from
 * @param contributors sources of further knowledge about processes, by precedence
 */
record Parts(List<Sources.Wire> sources, List<Contributor> contributors) {
  /** The parts of netspan itself. */
  static final Parts ALL = new Parts(Sources.ALL, List.of());
}
