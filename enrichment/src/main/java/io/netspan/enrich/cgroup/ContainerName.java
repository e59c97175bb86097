package io.netspan.enrich.cgroup;

import io.netspan.enrich.Container;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes a container by the name of its cgroup and of those around it. Runtimes call it
 *
 * <ul>
 *   <li>{@code <prefix>-<id>.scope} with the systemd driver: docker, cri-containerd, crio, libpod,
 *       nerdctl, runc, crun;
 *   <li>{@code <id>} with the cgroupfs driver, below {@code docker}, a pod or an ECS task, or
 *       {@code <prefix>-<id>};
 *   <li>{@code <slice>:<prefix>:<id>} where runc was given a systemd path but drives cgroupfs;
 *   <li>{@code lxc.payload.<name>}, before LXC 4 {@code lxc.payload/<name>} or {@code lxc/<name>};
 *   <li>{@code machine-<name>.scope} and {@code systemd-nspawn@<name>.service} for machines that
 *       are registered with systemd-machined, which are virtual machines too;
 *   <li>{@code buildkit/<id>} for a build's step;
 *   <li>{@code garden/<handle>} in Cloud Foundry and Concourse.
 * </ul>
 *
 * Beside the container, not in it, are the runtime's monitors: {@code crio-conmon-<id>.scope},
 * {@code libpod-conmon-<id>.scope}, {@code lxc.monitor.<name>} and nspawn's {@code supervisor}.
 */
final class ContainerName {
  private static final String SCOPE = ".scope";
  private static final String LXC_PAYLOAD = "lxc.payload";
  private static final String MACHINE = "machine-";
  private static final String NSPAWN = "systemd-nspawn@";
  private static final String SERVICE = ".service";

  private static final int ID_LENGTH = 64;
  private static final int BUILDKIT_ID_LENGTH = 25;
  private static final int ECS_TASK_LENGTH = 32;

  private static final String DECIMAL = "0123456789";
  private static final String HEXADECIMAL = DECIMAL + "abcdef";
  private static final String ALPHANUMERIC = HEXADECIMAL + "ghijklmnopqrstuvwxyz";

  /** The prefixes that runc and crun give scopes of containers whose ids may be any names. */
  private static final List<String> ANY_ID = List.of("runc-", "crun-");

  private static final Map<String, String> RUNTIMES =
      Map.ofEntries(
          Map.entry("docker", "docker"),
          Map.entry("cri-containerd", "containerd"),
          Map.entry("containerd", "containerd"),
          Map.entry("nerdctl", "containerd"),
          Map.entry("crio", "cri-o"),
          Map.entry("cri-o", "cri-o"),
          Map.entry("libpod", "podman"),
          Map.entry("libpod-payload", "podman"),
          Map.entry("runc", "runc"),
          Map.entry("crun", "crun"),
          Map.entry("garden", "garden"));

  private static final String GARDEN_HANDLE = "01234567-0123-0123-0123-0123";

  /** Garden moves a container between these when it has used more or less than its CPU shares. */
  private static final Set<String> GARDEN_LEVELS = Set.of("good", "bad");

  private final List<String> names;
  private final int index;
  private final String name;
  private final String above;

  private ContainerName(List<String> names, int index) {
    this.names = names;
    this.index = index;
    this.name = names.get(index);
    this.above = nameAt(index + 1);
  }

  /** The container whose cgroup has the name at an index; null if it is none, or without a name. */
  static @Nullable Container find(List<String> names, int index) {
    return index < names.size() ? new ContainerName(names, index).container() : null;
  }

  private String nameAt(int i) {
    return i >= 0 && i < names.size() ? names.get(i) : "";
  }

  private @Nullable Container container() {
    if (name.startsWith("lxc.") || above.equals("lxc") || above.equals(LXC_PAYLOAD)) {
      return lxc();
    }
    if (name.startsWith(MACHINE) && name.endsWith(SCOPE)) {
      return machine(between(MACHINE, SCOPE));
    }
    if (name.startsWith(NSPAWN) && name.endsWith(SERVICE)) {
      return machine(between(NSPAWN, SERVICE));
    }
    if (isInGarden()) {
      return new Container(name, "garden");
    }
    return isOfEcsTask() ? new Container(name, null) : withId();
  }

  private @Nullable Container lxc() {
    if (name.startsWith(LXC_PAYLOAD + ".")) {
      String called = name.substring(LXC_PAYLOAD.length() + 1);
      return called.isEmpty() ? null : Container.named(called, "lxc");
    }
    return name.startsWith("lxc.") ? null : Container.named(name, "lxc");
  }

  private String between(String start, String end) {
    return name.length() <= start.length() + end.length()
        ? ""
        : UnitNames.unescaped(name.substring(start.length(), name.length() - end.length()));
  }

  /** libvirt registers its virtual machines as {@code qemu-<number>-<name>}. */
  private @Nullable Container machine(String called) {
    String below = nameAt(index - 1);
    if (called.isEmpty() || called.startsWith("qemu-") || below.equals("supervisor")) {
      return null;
    }
    boolean nspawn = name.startsWith(NSPAWN) || below.equals("payload");
    return Container.named(called, nspawn ? "systemd-nspawn" : null);
  }

  private boolean isInGarden() {
    String parent = GARDEN_LEVELS.contains(above) ? nameAt(index + 2) : above;
    return parent.equals("garden") ? !GARDEN_LEVELS.contains(name) : isGardenHandle();
  }

  /** Four groups of four digits after the first eight, where a UUID has twelve at its end. */
  private boolean isGardenHandle() {
    if (name.length() != GARDEN_HANDLE.length()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      String allowed = GARDEN_HANDLE.charAt(i) == '-' ? "-" : HEXADECIMAL;
      if (allowed.indexOf(name.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }

  /** On Fargate: the task's id and a number. */
  private boolean isOfEcsTask() {
    return name.length() > ECS_TASK_LENGTH + 1
        && name.charAt(ECS_TASK_LENGTH) == '-'
        && consistsOf(HEXADECIMAL, name, 0, ECS_TASK_LENGTH)
        && consistsOf(DECIMAL, name, ECS_TASK_LENGTH + 1, name.length())
        && names.subList(index, names.size()).contains("ecs");
  }

  private @Nullable Container withId() {
    boolean scope = name.endsWith(SCOPE);
    String plain = scope ? name.substring(0, name.length() - SCOPE.length()) : name;
    for (String any : ANY_ID) {
      if (scope && plain.startsWith(any) && plain.length() > any.length()) {
        return new Container(plain.substring(any.length()), any.substring(0, any.length() - 1));
      }
    }
    int start = plain.length() - ID_LENGTH;
    if (start >= 0 && consistsOf(HEXADECIMAL, plain, start, plain.length())) {
      return withDigits(plain, start);
    }
    start = plain.length() - BUILDKIT_ID_LENGTH;
    return start >= 0 && isBuildStep(plain, start)
        ? new Container(plain.substring(start), "buildkit")
        : null;
  }

  private @Nullable Container withDigits(String plain, int start) {
    String prefix = prefix(plain, start);
    // With cgroupfs, podman puts the containers of a pod, which have a prefix, below the pod's id.
    boolean pod = plain.length() == ID_LENGTH && above.equals("libpod_parent");
    if (prefix == null || prefix.endsWith("conmon") || pod) {
      return null;
    }
    String runtime = RUNTIMES.get(prefix.isEmpty() ? above : prefix);
    return new Container(plain.substring(start), runtime);
  }

  /** Below {@code buildkit}, or with dockerd's prefix where that drives systemd. */
  private boolean isBuildStep(String plain, int start) {
    return consistsOf(ALPHANUMERIC, plain, start, plain.length())
        && (start == 0 ? above.equals("buildkit") : "docker".equals(prefix(plain, start)));
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

  private static boolean consistsOf(String characters, String name, int from, int to) {
    for (int i = from; i < to; i++) {
      if (characters.indexOf(name.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }
}
