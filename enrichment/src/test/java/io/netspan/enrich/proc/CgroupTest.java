package io.netspan.enrich.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.netspan.enrich.Container;
import io.netspan.enrich.name.SystemdUnit;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Paths in the forms that runtimes and init systems write, with made-up ids. */
class CgroupTest {
  private static final String ID =
      "3f4a1c0de5b6978812340fedcba9876543210aabbccddeeff00112233445566f";
  private static final String OTHER =
      "00aa1c0de5b6978812340fedcba9876543210aabbccddeeff00112233445566f";
  private static final String POD_SLICE =
      "/kubepods.slice/kubepods-burstable.slice"
          + "/kubepods-burstable-pod1b2c3d4e_5f60_7182_93a4_b5c6d7e8f901.slice";
  private static final String POD = "/kubepods/burstable/pod1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901";
  private static final String USER = "/user.slice/user-1000.slice/user@1000.service";

  static Stream<Arguments> containers() {
    return Stream.of(
        argumentSet("docker, cgroupfs", "/docker/" + ID, ID, "docker"),
        argumentSet("docker, systemd", "/system.slice/docker-" + ID + ".scope", ID, "docker"),
        argumentSet("docker, rootless", USER + "/user.slice/docker-" + ID + ".scope", ID, "docker"),
        argumentSet("docker, init inside", "/docker/" + ID + "/init", ID, "docker"),
        argumentSet(
            "docker, systemd inside",
            "/system.slice/docker-" + ID + ".scope/init.scope",
            ID,
            "docker"),
        argumentSet("docker in docker", "/docker/" + ID + "/docker/" + OTHER, OTHER, "docker"),
        argumentSet(
            "containerd, systemd",
            POD_SLICE + "/cri-containerd-" + ID + ".scope",
            ID,
            "containerd"),
        argumentSet(
            "containerd, systemd path driven by cgroupfs",
            "/system.slice/containerd.service"
                + "/kubepods-burstable-pod1b2c3d4e_5f60.slice:cri-containerd:"
                + ID,
            ID,
            "containerd"),
        argumentSet("nerdctl", "/system.slice/nerdctl-" + ID + ".scope", ID, "containerd"),
        argumentSet("pod, cgroupfs", POD + "/" + ID, ID, null),
        argumentSet("pod, cgroupfs, level inside", POD + "/" + ID + "/init.scope", ID, null),
        argumentSet(
            "pod in kind",
            "/system.slice/docker-" + OTHER + ".scope/kubelet" + POD + "/" + ID,
            ID,
            null),
        argumentSet("cri-o, systemd", POD_SLICE + "/crio-" + ID + ".scope", ID, "cri-o"),
        argumentSet("cri-o with crun", POD_SLICE + "/crio-" + ID + ".scope/container", ID, "cri-o"),
        argumentSet("cri-o, cgroupfs", POD + "/crio-" + ID, ID, "cri-o"),
        argumentSet("cri-o's monitor", POD_SLICE + "/crio-conmon-" + ID + ".scope", null, null),
        argumentSet("podman", "/machine.slice/libpod-" + ID + ".scope", ID, "podman"),
        argumentSet(
            "podman with crun", "/machine.slice/libpod-" + ID + ".scope/container", ID, "podman"),
        argumentSet(
            "podman, rootless",
            USER + "/user.slice/libpod-" + ID + ".scope/container",
            ID,
            "podman"),
        argumentSet(
            "podman, split in a unit",
            "/system.slice/shop.service/libpod-payload-" + ID,
            ID,
            "podman"),
        argumentSet("podman, cgroupfs", "/libpod_parent/libpod-" + ID, ID, "podman"),
        argumentSet(
            "podman's monitor", "/machine.slice/libpod-conmon-" + ID + ".scope", null, null),
        argumentSet(
            "podman's pod itself",
            "/machine.slice/machine-libpod_pod_" + ID + ".slice",
            null,
            null),
        argumentSet("ECS on EC2", "/ecs/0123456789abcdef0123456789abcdef/" + ID, ID, null),
        argumentSet(
            "ECS on Fargate",
            "/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1234567890",
            "0123456789abcdef0123456789abcdef-1234567890",
            null),
        argumentSet("lxc", "/lxc.payload.web/system.slice/nginx.service", "web", "lxc"),
        argumentSet("unit", "/system.slice/nginx.service", null, null),
        argumentSet("session", "/user.slice/user-1000.slice/session-3.scope", null, null),
        argumentSet("63 digits", "/docker/" + ID.substring(1), null, null),
        argumentSet("65 digits", "/docker/a" + ID, null, null),
        argumentSet("upper case", "/docker/" + ID.toUpperCase(Locale.ROOT), null, null),
        argumentSet("root", "/", null, null));
  }

  @ParameterizedTest
  @MethodSource("containers")
  void container(String path, @Nullable String id, @Nullable String runtime) {
    Container expected = id == null ? null : new Container(id, runtime);

    assertThat(ContainerCgroup.find(CgroupFile.names("0::" + path + "\n"))).isEqualTo(expected);
  }

  static Stream<Arguments> units() {
    return Stream.of(
        argumentSet("plain", "/system.slice/nginx.service", "nginx.service", "nginx"),
        argumentSet(
            "template",
            "/system.slice/system-postgresql.slice/postgresql@16-main.service",
            "postgresql@16-main.service",
            "postgresql@16-main"),
        argumentSet(
            "escaped", "/system.slice/shop\\x2dapi.service", "shop\\x2dapi.service", "shop-api"),
        argumentSet(
            "escape that hides a terminal's",
            "/system.slice/a\\x1b.service",
            "a\\x1b.service",
            "a\uFFFD"),
        argumentSet("level inside", "/system.slice/shop.service/worker-1", "shop.service", "shop"),
        argumentSet(
            "around a container",
            "/system.slice/shop.service/libpod-payload-" + ID,
            "shop.service",
            "shop"),
        argumentSet(
            "inside a container",
            "/system.slice/docker-" + ID + ".scope/system.slice/nginx.service",
            "nginx.service",
            "nginx"),
        argumentSet(
            "of a user", USER + "/app.slice/syncthing.service", "syncthing.service", "syncthing"),
        argumentSet("user manager", USER + "/init.scope", "user@1000.service", null),
        argumentSet(
            "terminal",
            USER + "/app.slice/app-org.gnome.Terminal.slice/vte-spawn-1b2c.scope",
            "user@1000.service",
            null),
        argumentSet("session", "/user.slice/user-1000.slice/session-3.scope", null, null),
        argumentSet("ssh without sessions", "/system.slice/ssh.service", "ssh.service", null),
        argumentSet(
            "ssh by socket",
            "/system.slice/system-sshd.slice/sshd@3-10.0.0.1:22-10.0.0.2:40000.service",
            "sshd@3-10.0.0.1:22-10.0.0.2:40000.service",
            null),
        argumentSet("cron job", "/system.slice/cron.service", "cron.service", null),
        argumentSet("systemd-run", "/system.slice/run-u12.service", "run-u12.service", null),
        argumentSet(
            "systemd-run of 256",
            "/system.slice/run-p1234-i5678.service",
            "run-p1234-i5678.service",
            null),
        argumentSet(
            "called like systemd-run's",
            "/system.slice/runner.service",
            "runner.service",
            "runner"),
        argumentSet("runtime", "/system.slice/containerd.service", "containerd.service", null),
        argumentSet("slice", "/system.slice", null, null),
        argumentSet("suffix alone", "/system.slice/.service", null, null),
        argumentSet("pid 1", "/init.scope", null, null));
  }

  @ParameterizedTest
  @MethodSource("units")
  void unit(String path, @Nullable String unit, @Nullable String name) {
    String found = SystemdUnit.find(CgroupFile.names("0::" + path + "\n"));

    assertThat(found).isEqualTo(unit);
    assertThat(found == null ? null : SystemdUnit.serviceName(found)).isEqualTo(name);
  }

  @Test
  void version1ReadsTheMemoryController() {
    String file =
        "9:name=systemd:/system.slice/a.service\n4:memory:/docker/" + ID + "\n1:cpu,cpuacct:/\n";

    assertThat(CgroupFile.names(file)).containsExactly(ID, "docker");
  }

  @Test
  void hybridPrefersVersion2UnlessItIsTheRoot() {
    assertThat(CgroupFile.names("4:memory:/a\n0::/b/c\n")).containsExactly("c", "b");
    assertThat(CgroupFile.names("4:memory:/a\n0::/\n")).containsExactly("a");
    assertThat(CgroupFile.names("4:memory:/\n1:name=systemd:/d\n0::/\n")).containsExactly("d");
  }

  @Test
  void foreignNamespaceAndDeletedCgroup() {
    assertThat(CgroupFile.names("0::/../../x.service\n")).containsExactly("x.service");
    assertThat(CgroupFile.names("0::/gone.service (deleted)\n")).containsExactly("gone.service");
  }

  @Test
  void garbageHasNoNames() {
    assertThat(CgroupFile.names("")).isEmpty();
    assertThat(CgroupFile.names("0:\n::\nx\n0::\n")).isEqualTo(List.of());
  }
}
