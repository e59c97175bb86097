package io.netspan.receiver.workload;

import io.netspan.enrich.cgroup.CgroupPath;
import io.netspan.enrich.cgroup.CgroupPath.Hierarchy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the cgroups are called that the kernel side has described: of each set of cgroups the path
 * that says the most.
 *
 * <p>Bounded by two generations, as {@link WorkloadTable} is. The kernel side remembers fewer sets
 * than one generation holds, so what was forgotten here is described again. Belongs to the thread
 * that has the turn.
 */
final class CgroupTable {
  /** How many sets of cgroups are remembered at least. */
  static final int REMEMBERED = 2_048;

  /** Half of them have no more bytes than this, however long their paths are. */
  private static final long GENERATION_BYTES = 8 << 20;

  /** Roughly, in bytes: of a name's object. */
  private static final int NAME_WEIGHT = 56;

  private static final Hierarchy[] HIERARCHIES = Hierarchy.values();

  private Long2ObjectHashMap<CgroupPath> young = new Long2ObjectHashMap<>();
  private Long2ObjectHashMap<CgroupPath> old = new Long2ObjectHashMap<>();
  private long youngBytes;

  /**
   * Takes one path of a set, as the kernel recorded it.
   *
   * @param names from the leaf upwards, each with a NUL after it
   */
  void described(long cgroups, int hierarchy, byte[] names) {
    CgroupPath path = new CgroupPath(hierarchy(hierarchy), names(names));
    CgroupPath known = known(cgroups);
    put(cgroups, known == null ? path : known.orMoreTelling(path));
  }

  /** The names of a set's telling path, the leaf first; empty if it is not known. */
  List<String> names(long cgroups) {
    CgroupPath known = known(cgroups);
    return known == null ? List.of() : known.names();
  }

  private @Nullable CgroupPath known(long cgroups) {
    CgroupPath known = young.get(cgroups);
    if (known == null) {
      known = old.get(cgroups);
      if (known != null) {
        put(cgroups, known);
      }
    }
    return known;
  }

  private void put(long cgroups, CgroupPath path) {
    if (young.size() >= REMEMBERED || youngBytes >= GENERATION_BYTES) {
      old = young;
      young = new Long2ObjectHashMap<>();
      youngBytes = 0;
    }
    youngBytes += weight(path);
    CgroupPath replaced = young.put(cgroups, path);
    if (replaced != null) {
      youngBytes -= weight(replaced);
    }
  }

  private static long weight(CgroupPath path) {
    return path.names().stream().mapToLong(name -> NAME_WEIGHT + 2L * name.length()).sum();
  }

  private static Hierarchy hierarchy(int code) {
    return code >= 0 && code < HIERARCHIES.length ? HIERARCHIES[code] : Hierarchy.CONTROLLERS;
  }

  /** Bytes that are not UTF-8 become the replacement character. */
  private static List<String> names(byte[] path) {
    String text = new String(path, StandardCharsets.UTF_8);
    return text.isEmpty() ? List.of() : List.of(text.split("\0"));
  }
}
