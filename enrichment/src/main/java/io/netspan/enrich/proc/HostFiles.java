package io.netspan.enrich.proc;

import io.netspan.enrich.Container;
import io.netspan.enrich.cgroup.ContainerCgroup;
import io.netspan.enrich.secret.Untrusted;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the machine's id and name are, and what this process is on it. In a container {@code
 * /etc/machine-id} is the image's (absent, or the same in every copy) and the host name the
 * container's own, so there only these count:
 *
 * <ol>
 *   <li>the machine's root as it was mounted;
 *   <li>the root of process 1, if the pid namespace is the machine's;
 *   <li>for the name: the kernel's, if the UTS namespace is the machine's; else what the
 *       orchestrator says.
 * </ol>
 */
final class HostFiles {
  /** {@code PROC_PID_INIT_INO}, {@code PROC_UTS_INIT_INO}: the same on every Linux since 3.8. */
  private static final String INITIAL_PID = "pid:[4026531836]";

  private static final String INITIAL_UTS = "uts:[4026531838]";

  private static final String MACHINE_ID = "etc/machine-id";
  private static final String HOST_NAME = "etc/hostname";
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");
  private static final int LIMIT = 1 << 20;

  /**
   * What kubelet mounts for the messages of a container that ends; its name stays over restarts.
   */
  private static final Pattern POD =
      Pattern.compile("/pods/([0-9a-f-]{32,36})/containers/([^/ ]+)/[^ ]* /dev/termination-log ");

  /** What docker, containerd, CRI-O and podman mount from the container's folder. */
  private static final Pattern CONTAINER =
      Pattern.compile("/([0-9a-f]{64})/[^ ]* /etc/(?:hostname|hosts|resolv\\.conf) ");

  private final Path root;
  private final @Nullable Path hostRoot;

  HostFiles(Path root, @Nullable Path hostRoot) {
    this.root = root;
    this.hostRoot = hostRoot;
  }

  Host find(@Nullable String nodeName) {
    String scope = containerScope();
    boolean machinesProcesses = link("proc/self/ns/pid").equals(INITIAL_PID);
    boolean contained = scope != null || !machinesProcesses || rootsDiffer();
    String id = contained ? null : machineId(root);
    String name = null;
    if (!contained || link("proc/self/ns/uts").equals(INITIAL_UTS)) {
      name = kernelName();
    }
    if (contained && machinesProcesses) {
      Path first = root.resolve("proc/1/root");
      id = machineId(first);
      name = name != null ? name : name(first.resolve(HOST_NAME));
    }
    if (hostRoot != null) {
      id = machineId(hostRoot);
      name = name(hostRoot.resolve(HOST_NAME));
    }
    name = name != null ? name : nodeName;
    return new Host(id, name, contained, scope(scope, contained, id == null));
  }

  /** False if this process may not read process 1's root, or its {@code /proc} has no process 1. */
  private boolean rootsDiffer() {
    try {
      return !Files.isSameFile(root.resolve("proc/1/root"), root.resolve("proc/self/root"));
    } catch (IOException e) {
      return false;
    }
  }

  private static @Nullable String machineId(Path of) {
    for (String file : List.of(MACHINE_ID, "var/lib/dbus/machine-id")) {
      String id = text(of.resolve(file)).strip();
      if (ID.matcher(id).matches() && !id.chars().allMatch(c -> c == '0')) {
        return id;
      }
    }
    return null;
  }

  /** A procfs mounted with {@code subset=pid} has no {@code sys}. */
  private @Nullable String kernelName() {
    String name = name(root.resolve("proc/sys/kernel/hostname"));
    return name != null ? name : name(root.resolve(HOST_NAME));
  }

  private static @Nullable String name(Path file) {
    String name = text(file).strip();
    return name.isEmpty() ? null : Untrusted.text(name, Untrusted.NAME_MAX);
  }

  private @Nullable String containerScope() {
    String mounts = text(root.resolve("proc/self/mountinfo"));
    Matcher pod = POD.matcher(mounts);
    if (pod.find()) {
      return "pod " + pod.group(1) + " " + pod.group(2);
    }
    Container container =
        ContainerCgroup.find(CgroupFile.names(text(root.resolve("proc/self/cgroup"))));
    if (container != null) {
      return "container " + container.id();
    }
    Matcher mounted = CONTAINER.matcher(mounts);
    return mounted.find() ? "container " + mounted.group(1) : null;
  }

  private String scope(@Nullable String container, boolean contained, boolean anywhere) {
    if (container != null) {
      return container;
    }
    String name =
        contained ? "host name " + text(root.resolve("proc/sys/kernel/hostname")).strip() : "";
    if (!anywhere) {
      return name;
    }
    // Without the boot id, containers of the same name on two machines would have the same scope.
    String boot = "boot " + text(root.resolve("proc/sys/kernel/random/boot_id")).strip();
    return name.isEmpty() ? boot : name + " and " + boot;
  }

  private String link(String path) {
    try {
      return Files.readSymbolicLink(root.resolve(path)).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private static String text(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LIMIT), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
