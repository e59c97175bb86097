package io.netspan.receiver.lookup;

import io.netspan.receiver.workload.Workload;

/** A look-up of a name. */
record Lookup(Workload owner, String name, boolean found, long beginNs, long endNs, long id) {}
