package io.netspan.enrich.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.netspan.enrich.Container;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Paths as runtimes and init systems write them, with made-up ids. */
final class ContainerCgroupTest {
  private static final String ID =
      "3f4a1c0de5b6978812340fedcba9876543210aabbccddeeff00112233445566f";
  private static final String OUTER =
      "00aa1c0de5b6978812340fedcba9876543210aabbccddeeff00112233445566f";
  private static final String POD_SLICE =
      "/kubepods.slice/kubepods-burstable.slice"
          + "/kubepods-burstable-pod1b2c3d4e_5f60_7182_93a4_b5c6d7e8f901.slice";
  private static final String POD = "/kubepods/burstable/pod1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901";
  private static final String USER = "/user.slice/user-1000.slice/user@1000.service";
  private static final String TASK = "0123456789abcdef0123456789abcdef";
  private static final String STEP = "u2k1rf6f2pqd6t1mf1cvvw4ru";
  private static final String HANDLE = "70eb4ce5-a065-4401-6990-88ed";

  private static Arguments container(String what, String path, @Nullable String runtime) {
    return argumentSet(what, path, new Container(ID, runtime));
  }

  private static Arguments inOuter(String what, String path, @Nullable String runtime) {
    return argumentSet(what, path, new Container(ID, runtime).within(OUTER));
  }

  private static Arguments other(String what, String path, String id, @Nullable String runtime) {
    return argumentSet(what, path, new Container(id, runtime));
  }

  private static Arguments named(String what, String path, String name, @Nullable String runtime) {
    return argumentSet(what, path, Container.named(name, runtime));
  }

  static Stream<Arguments> docker() {
    return Stream.of(
        container("cgroupfs", "/docker/" + ID, "docker"),
        container("systemd", "/system.slice/docker-" + ID + ".scope", "docker"),
        container("rootless", USER + "/user.slice/docker-" + ID + ".scope", "docker"),
        container("parent of its own", "/actions_job/" + ID, null),
        container("parent that is a slice", "/batch.slice/docker-" + ID + ".scope", "docker"),
        container("init inside", "/docker/" + ID + "/init", "docker"),
        container("systemd inside", "/docker/" + ID + "/init.scope", "docker"),
        container("unit inside", "/docker/" + ID + "/system.slice/nginx.service", "docker"),
        container(
            "unit of a template inside",
            "/system.slice/docker-"
                + ID
                + ".scope/system.slice/system-postgresql.slice/postgresql@16-main.service",
            "docker"),
        container(
            "user's unit inside",
            "/docker/" + ID + USER + "/app.slice/app-org.gnome.Terminal.slice/vte-spawn-1b2c.scope",
            "docker"),
        container("ECS on EC2", "/ecs/" + TASK + "/" + ID, null),
        container(
            "ECS on EC2, systemd",
            "/ecstasks.slice/ecstasks-" + TASK + ".slice/docker-" + ID + ".scope",
            "docker"),
        other(
            "ECS on Fargate",
            "/ecs/" + TASK + "/" + TASK + "-1234567890",
            TASK + "-1234567890",
            null),
        inOuter("in docker", "/docker/" + OUTER + "/docker/" + ID, "docker"),
        inOuter(
            "in docker, systemd outside",
            "/system.slice/docker-" + OUTER + ".scope/docker/" + ID,
            "docker"),
        inOuter(
            "in docker in docker",
            "/docker/" + OUTER + "/docker/" + "c".repeat(64) + "/x/" + ID,
            null),
        container("named twice", "/docker/" + ID + "/kubelet/docker/" + ID, "docker"),
        other("build's step", "/docker/buildkit/" + STEP, STEP, "buildkit"),
        other("build's step, other parent", "/batch/buildkit/" + STEP, STEP, "buildkit"),
        other("build's step, buildkitd alone", "/buildkit/" + STEP, STEP, "buildkit"),
        other("build's step, systemd", "/system.slice:docker:" + STEP, STEP, "buildkit"),
        argumentSet(
            "build's step in a builder's container",
            "/docker/buildx/" + OUTER + "/buildkit/" + STEP,
            new Container(STEP, "buildkit").within(OUTER)));
  }

  static Stream<Arguments> kubernetes() {
    return Stream.of(
        container("containerd", POD_SLICE + "/cri-containerd-" + ID + ".scope", "containerd"),
        container(
            "containerd, systemd path driven by cgroupfs",
            "/system.slice/containerd.service"
                + "/kubepods-burstable-pod1b2c3d4e_5f60_7182_93a4_b5c6d7e8f901.slice:cri-containerd:"
                + ID,
            "containerd"),
        container("cgroupfs", POD + "/" + ID, null),
        container("cgroupfs, systemd inside", POD + "/" + ID + "/init.scope", null),
        container("docker's shim", POD_SLICE + "/docker-" + ID + ".scope", "docker"),
        container("cri-o", POD_SLICE + "/crio-" + ID + ".scope", "cri-o"),
        container("cri-o with crun", POD_SLICE + "/crio-" + ID + ".scope/container", "cri-o"),
        container("cri-o, cgroupfs", POD + "/crio-" + ID, "cri-o"),
        inOuter(
            "kind",
            "/system.slice/docker-"
                + OUTER
                + ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice"
                + "/kubelet-kubepods-besteffort-pod1e597579_417e_482f_bf65_5fe170c3aebd.slice"
                + "/cri-containerd-"
                + ID
                + ".scope",
            "containerd"),
        inOuter("kind, cgroupfs", "/docker/" + OUTER + "/kubelet" + POD + "/" + ID, null),
        inOuter(
            "kind with podman",
            "/machine.slice/libpod-"
                + OUTER
                + ".scope/container/kubelet.slice/kubelet-kubepods.slice/cri-containerd-"
                + ID
                + ".scope/system.slice/nginx.service",
            "containerd"),
        inOuter("in a pod", POD + "/" + OUTER + "/docker/" + ID, "docker"));
  }

  static Stream<Arguments> podman() {
    return Stream.of(
        container("root's", "/machine.slice/libpod-" + ID + ".scope", "podman"),
        container("with crun", "/machine.slice/libpod-" + ID + ".scope/container", "podman"),
        container("rootless", USER + "/user.slice/libpod-" + ID + ".scope/container", "podman"),
        container("split in a unit", "/system.slice/shop.service/libpod-payload-" + ID, "podman"),
        container("cgroupfs", "/libpod_parent/libpod-" + ID, "podman"),
        container(
            "in a pod",
            "/machine.slice/machine-libpod_pod_" + OUTER + ".slice/libpod-" + ID + ".scope",
            "podman"),
        container("in a pod, cgroupfs", "/libpod_parent/" + OUTER + "/libpod-" + ID, "podman"));
  }

  static Stream<Arguments> others() {
    return Stream.of(
        container("nerdctl", "/system.slice/nerdctl-" + ID + ".scope", "containerd"),
        container("balena", "/system.slice/balena-" + ID + ".scope", null),
        other("runc alone", "/system.slice/runc-web.1.scope", "web.1", "runc"),
        other("crun alone", "/user.slice/crun-shop-api.scope", "shop-api", "crun"),
        named("LXC 4", "/lxc.payload.web/system.slice/nginx.service", "web", "lxc"),
        named("LXC 4, started twice", "/lxc.payload.web-1/init.scope", "web-1", "lxc"),
        named("LXC 3", "/lxc.payload/c2/init.scope", "c2", "lxc"),
        named("LXC 2", "/lxc/c3/init.scope", "c3", "lxc"),
        named("LXC 2, the container alone", "/lxc/c3", "c3", "lxc"),
        named("LXC of a user", "/user/1000.user/c2.session/lxc/web", "web", "lxc"),
        named("Proxmox", "/lxc/101/ns/system.slice/ssh.service", "101", "lxc"),
        named("Incus", "/lxc.payload.c1/system.slice/nginx.service", "c1", "lxc"),
        named("Incus, project", "/lxc.payload.shop_c1/init.scope", "shop_c1", "lxc"),
        named("LXC, folder of its own", "/guests/lxc.payload.web/init.scope", "web", "lxc"),
        argumentSet(
            "docker in LXC",
            "/lxc.payload.web/docker/" + ID,
            new Container(ID, "docker").within("web")),
        named(
            "nspawn as a unit",
            "/machine.slice/systemd-nspawn@deb12.service/payload/system.slice/nginx.service",
            "deb12",
            "systemd-nspawn"),
        named(
            "nspawn by hand",
            "/machine.slice/machine-deb12.scope/payload",
            "deb12",
            "systemd-nspawn"),
        named(
            "nspawn, escaped",
            "/machine.slice/machine-deb\\x2d12.scope/payload/init.scope",
            "deb-12",
            "systemd-nspawn"),
        named("machine, version 1", "/machine.slice/machine-deb12.scope/init.scope", "deb12", null),
        named(
            "libvirt's LXC",
            "/machine.slice/machine-lxc\\x2d4711\\x2dweb.scope/libvirt",
            "lxc-4711-web",
            null),
        other("Garden", "/system.slice/garden.service/garden/" + HANDLE, HANDLE, "garden"),
        other("Garden, within its shares", "/garden/good/" + HANDLE, HANDLE, "garden"),
        other("Garden, a task", "/garden/task-1/init", "task-1", "garden"),
        other("Garden as runc's", "/system.slice/runit.service/" + HANDLE, HANDLE, "garden"));
  }

  @ParameterizedTest
  @MethodSource({"docker", "kubernetes", "podman", "others"})
  void container(String path, Container expected) {
    assertThat(ContainerCgroup.find(leafFirst(path))).isEqualTo(expected);
  }

  static Stream<Arguments> none() {
    return Stream.of(
        argumentSet("root", "/"),
        argumentSet("pid 1", "/init.scope"),
        argumentSet("unit", "/system.slice/nginx.service"),
        argumentSet("docker itself", "/system.slice/docker.service"),
        argumentSet("containerd itself", "/system.slice/containerd.service"),
        argumentSet("kubelet itself", "/system.slice/kubelet.service"),
        argumentSet("LXC itself", "/system.slice/lxc.service"),
        argumentSet("Garden itself", "/system.slice/garden.service/garden"),
        argumentSet("Garden's shares", "/garden/good"),
        argumentSet("machined itself", "/system.slice/systemd-machined.service"),
        argumentSet("session", "/user.slice/user-1000.slice/session-3.scope"),
        argumentSet("user manager", USER + "/init.scope"),
        argumentSet("terminal", USER + "/app.slice/vte-spawn-" + TASK + ".scope"),
        argumentSet("a pod", POD),
        argumentSet("a pod's slice", POD_SLICE),
        argumentSet("cri-o's monitor", POD_SLICE + "/crio-conmon-" + ID + ".scope"),
        argumentSet("cri-o's monitor, cgroupfs", POD + "/crio-conmon-" + ID),
        argumentSet("podman's monitor", "/machine.slice/libpod-conmon-" + ID + ".scope"),
        argumentSet("podman's monitors", "/libpod_parent/conmon"),
        argumentSet("podman's pod", "/machine.slice/machine-libpod_pod_" + ID + ".slice"),
        argumentSet("podman's pod, cgroupfs", "/libpod_parent/" + ID),
        argumentSet("podman's health check", "/system.slice/" + ID + ".service"),
        argumentSet("LXC's monitor", "/lxc.monitor.web"),
        argumentSet("LXC 3's monitor", "/lxc.monitor/web"),
        argumentSet("LXC 2's folder", "/lxc"),
        argumentSet("nspawn", "/machine.slice/systemd-nspawn@deb12.service/supervisor"),
        argumentSet("nspawn by hand", "/machine.slice/machine-deb12.scope/supervisor"),
        argumentSet(
            "virtual machine", "/machine.slice/machine-qemu\\x2d1\\x2ddb.scope/libvirt/emulator"),
        argumentSet("BuildKit's folder", "/docker/buildkit"),
        argumentSet("a build elsewhere", "/builds/" + STEP),
        argumentSet("a build's scope", USER + "/app.slice/build-" + STEP + ".scope"),
        argumentSet("a commit's build", "/system.slice/build-" + ID.substring(24) + ".scope"),
        argumentSet("an execution", "/system.slice/run-" + TASK + "-1234567890.scope"),
        argumentSet("a number of a build", "/builds/" + TASK + "-1234567890"),
        argumentSet("a UUID", "/builds/1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901"),
        argumentSet("63 digits", "/docker/" + ID.substring(1)),
        argumentSet("65 digits", "/docker/a" + ID),
        argumentSet("digits at the end of a word", "/docker/shop" + ID),
        argumentSet("upper case", "/docker/" + ID.toUpperCase(Locale.ROOT)),
        argumentSet("prefixes alone", "/lxc.payload./machine-.scope/runc-.scope"));
  }

  @ParameterizedTest
  @MethodSource
  void none(String path) {
    assertThat(ContainerCgroup.find(leafFirst(path))).isNull();
    assertThat(ContainerCgroup.inside(leafFirst(path))).isEqualTo(leafFirst(path));
  }

  @Test
  void insideIsBelowTheInnermostContainer() {
    assertThat(ContainerCgroup.inside(leafFirst("/docker/" + OUTER + "/a/docker/" + ID + "/b/c")))
        .containsExactly("c", "b");
    assertThat(ContainerCgroup.inside(leafFirst("/docker/" + ID))).isEmpty();
  }

  private static List<String> leafFirst(String path) {
    return Arrays.stream(path.split("/", -1)).filter(name -> !name.isEmpty()).toList().reversed();
  }
}
