package io.netspan.enrich.proc;

import io.netspan.enrich.Container;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds a container in the names of a cgroup path. Runtimes call a container's cgroup
 *
 * <ul>
 *   <li>{@code <prefix>-<id>.scope} with the systemd driver: docker, cri-containerd, crio, libpod,
 *       nerdctl;
 *   <li>{@code <id>} with the cgroupfs driver, below {@code docker}, a pod or an ECS task, or
 *       {@code <prefix>-<id>};
 *   <li>{@code <slice>:<prefix>:<id>} where runc was given a systemd path but drives cgroupfs.
 * </ul>
 *
 * Below it the container's own init may have created more levels, so the search starts at the leaf;
 * the first hit is the innermost container. {@code crio-conmon-<id>.scope} and {@code
 * libpod-conmon-<id>.scope} hold the monitor that sits beside the container, not in it.
 */
final class ContainerCgroup {
  private static final int ID_LENGTH = 64;
  private static final String SCOPE = ".scope";
  private static final Pattern ECS_TASK = Pattern.compile("[0-9a-f]{32}-[0-9]{1,20}");
  private static final String LXC = "lxc.payload.";

  private static final Map<String, String> RUNTIMES =
      Map.of(
          "docker", "docker",
          "cri-containerd", "containerd",
          "containerd", "containerd",
          "nerdctl", "containerd",
          "crio", "cri-o",
          "cri-o", "cri-o",
          "libpod", "podman",
          "libpod-payload", "podman",
          "libpod_parent", "podman");

  private ContainerCgroup() {}

  /** Names are given leaf first. */
  static @Nullable Container find(List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      String above = i + 1 < names.size() ? names.get(i + 1) : "";
      Container container = container(names.get(i), above);
      if (container != null) {
        return container;
      }
    }
    return null;
  }

  private static @Nullable Container container(String name, String above) {
    if (name.startsWith(LXC) && name.length() > LXC.length()) {
      return new Container(name.substring(LXC.length()), "lxc");
    }
    if (ECS_TASK.matcher(name).matches()) {
      return new Container(name, null);
    }
    String plain = name.endsWith(SCOPE) ? name.substring(0, name.length() - SCOPE.length()) : name;
    int start = plain.length() - ID_LENGTH;
    if (start < 0 || !plain.chars().skip(start).allMatch(ContainerCgroup::lowerHex)) {
      return null;
    }
    String prefix = prefix(plain, start);
    if (prefix == null || prefix.endsWith("conmon")) {
      return null;
    }
    String runtime = RUNTIMES.get(prefix.isEmpty() ? above : prefix);
    return new Container(plain.substring(start), runtime);
  }

  /**
   * The prefix before the id: empty if there is none, null if the digits are only the end of a
   * longer name.
   */
  private static @Nullable String prefix(String name, int idStart) {
    if (idStart == 0) {
      return "";
    }
    char separator = name.charAt(idStart - 1);
    if (idStart == 1 || (separator != '-' && separator != ':')) {
      return null;
    }
    return name.substring(name.lastIndexOf(':', idStart - 2) + 1, idStart - 1);
  }

  private static boolean lowerHex(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }
}
