package io.netspan.receiver.agent;

import io.netspan.enrich.Contributor;
import java.util.List;

/**
 * The parts that others can be added to.
 *
 * @param sources where events come from
 * @param contributors sources of further knowledge about processes, by precedence
 */
record Parts(List<Sources.Wire> sources, List<Contributor> contributors) {
  /** Those of netspan itself. */
  static final Parts ALL = new Parts(Sources.ALL, List.of());
}
