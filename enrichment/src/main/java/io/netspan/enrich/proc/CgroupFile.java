package io.netspan.enrich.proc;

import io.netspan.enrich.secret.Untrusted;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * {@code /proc/<pid>/cgroup}: a line {@code id:controllers:path} per hierarchy. Read as the kernel
 * programs do: the version 2 hierarchy, or where the process sits in its root (a host with version
 * 1 only, or a hybrid one), that of the memory controller. systemd's own version 1 hierarchy is the
 * last resort.
 */
final class CgroupFile {
  private static final List<String> PREFERENCE = List.of("", "memory", "name=systemd");
  private static final String DELETED = " (deleted)";

  private CgroupFile() {}

  /** Leaf first, the root left out. */
  static List<String> names(String content) {
    List<String> lines = content.lines().toList();
    for (String controller : PREFERENCE) {
      for (String line : lines) {
        String[] fields = line.split(":", 3);
        if (fields.length == 3 && List.of(fields[1].split(",", -1)).contains(controller)) {
          List<String> names = leafFirst(fields[2]);
          if (!names.isEmpty()) {
            return names;
          }
        }
      }
    }
    return List.of();
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
