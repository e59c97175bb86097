package io.netspan.receiver.lookup;

import io.netspan.receiver.workload.Workload;

/** A name was looked up. */
record Lookup(Workload owner, String name, boolean found, long beginNs, long endNs, long id) {}
