package io.netspan.enrich.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.netspan.enrich.name.SystemdUnit;
import java.util.List;
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
  private static final String USER = "/user.slice/user-1000.slice/user@1000.service";

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
  void thePathWithAContainerIsRead() {
    String file =
        "9:name=systemd:/system.slice/a.service\n4:memory:/docker/"
            + ID
            + "\n0::/system.slice/containerd.service\n";

    assertThat(CgroupFile.names(file)).containsExactly(ID, "docker");
  }

  @Test
  void version2ThenSystemdThenTheDeepestIsRead() {
    assertThat(CgroupFile.names("4:memory:/a\n1:name=systemd:/d\n0::/b/c\n"))
        .containsExactly("c", "b");
    assertThat(CgroupFile.names("4:memory:/a/x\n1:name=systemd:/d\n0::/\n")).containsExactly("d");
    assertThat(CgroupFile.names("4:memory:/a\n2:cpu,cpuacct:/b/c\n1:name=systemd:/\n0::/\n"))
        .containsExactly("c", "b");
    assertThat(CgroupFile.names("4:memory:/\n0::/\n")).isEmpty();
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
