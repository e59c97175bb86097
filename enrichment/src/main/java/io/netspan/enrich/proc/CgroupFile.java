package io.netspan.enrich.proc;

import io.netspan.enrich.cgroup.CgroupPath;
import io.netspan.enrich.cgroup.CgroupPath.Hierarchy;
import io.netspan.enrich.secret.Untrusted;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * {@code /proc/<pid>/cgroup}: a line {@code id:controllers:path} per hierarchy. Of these the
 * telling one is used, as it is of what the kernel programs record.
 */
final class CgroupFile {
  private static final String DELETED = " (deleted)";

  private CgroupFile() {}

  /** Leaf first, the root left out. */
  static List<String> names(String content) {
    return content
        .lines()
        .map(line -> line.split(":", 3))
        .filter(fields -> fields.length == 3)
        .map(fields -> new CgroupPath(hierarchy(fields[1]), leafFirst(fields[2])))
        .filter(path -> !path.names().isEmpty())
        .reduce(CgroupPath::orMoreTelling)
        .map(CgroupPath::names)
        .orElse(List.of());
  }

  private static Hierarchy hierarchy(String controllers) {
    if (controllers.isEmpty()) {
      return Hierarchy.UNIFIED;
    }
    return controllers.startsWith("name=") ? Hierarchy.NAMED : Hierarchy.CONTROLLERS;
  }

  /** {@code ..} stands for what is above the root of the reader's cgroup namespace. */
  private static List<String> leafFirst(String path) {
    String live =
        path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
    List<String> names = new ArrayList<>();
    for (String name : live.split("/", -1)) {
      if (!name.isEmpty() && !name.equals("..")) {
        names.add(Untrusted.text(name, Untrusted.NAME_MAX));
      }
    }
    Collections.reverse(names);
    return names;
  }
}
