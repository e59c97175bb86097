package io.netspan.enrich.proc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostTest {
  private static final String NODE = "3d1219c7c4c5404aaa1f6d2a48adfda4";
  private static final String IMAGE = "0123456789abcdef0123456789abcdef";
  private static final String FIRST = "4f2b8a1c9d7e3f60".repeat(4);
  private static final String SECOND = "a1b2c3d4e5f60718".repeat(4);
  private static final String POD = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";

  @TempDir private Path folder;

  /** A file system as a process sees it. */
  private final class Seen {
    private final Path root;

    private Seen(String name) throws IOException {
      root = Files.createDirectory(folder.resolve(name));
      Files.createDirectories(root.resolve("proc/self/ns"));
      link("proc/self/root", root.toString());
    }

    private Seen file(String path, String content) throws IOException {
      Path file = root.resolve(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
      return this;
    }

    private Seen link(String path, String target) throws IOException {
      Files.createDirectories(root.resolve(path).getParent());
      Files.createSymbolicLink(root.resolve(path), Path.of(target));
      return this;
    }

    private Seen machine() throws IOException {
      return link("proc/self/ns/pid", "pid:[4026531836]")
          .link("proc/self/ns/uts", "uts:[4026531838]")
          .link("proc/1/root", root.toString())
          .file("proc/self/cgroup", "0::/system.slice/netspan.service\n")
          .file("proc/sys/kernel/hostname", "node7\n")
          .file("etc/machine-id", NODE + "\n");
    }

    /** Of docker, with an image that has a machine's id in it. */
    private Seen container(String id) throws IOException {
      return link("proc/self/ns/pid", "pid:[4026532450]")
          .link("proc/self/ns/uts", "uts:[4026532449]")
          .file("proc/self/cgroup", "0::/\n")
          .file(
              "proc/self/mountinfo",
              "620 607 254:1 /var/lib/docker/containers/"
                  + id
                  + "/hosts /etc/hosts rw - ext4 a rw\n")
          .file("proc/sys/kernel/hostname", id.substring(0, 12) + "\n")
          .file("proc/sys/kernel/random/boot_id", "b00t\n")
          .file("etc/machine-id", IMAGE + "\n");
    }

    private Host host() {
      return host(null, null);
    }

    private Host host(@Nullable Path hostRoot, @Nullable String nodeName) {
      return Host.find(root, hostRoot, nodeName);
    }
  }

  @Test
  void outsideOfContainersItIsWhatTheMachineSays() throws IOException {
    Host host = new Seen("machine").machine().host();

    assertThat(host).isEqualTo(new Host(NODE, "node7", /* contained= */ false, ""));
    UUID instance = UUID.fromString(host.instanceId(0));
    assertThat(instance.version()).isEqualTo(5);
    assertThat(instance.variant()).isEqualTo(2);
  }

  @Test
  void whereProcessOneIsNotToBeSeenNothingSpeaksForAContainer() throws IOException {
    Seen machine = new Seen("machine").machine();
    Files.delete(machine.root.resolve("proc/1/root"));

    assertThat(machine.host().contained()).isFalse();
  }

  @Test
  void anImageSaysNothingOfTheMachine() throws IOException {
    Host host = new Seen("one").container(FIRST).host();

    assertThat(host).isEqualTo(new Host(null, null, /* contained= */ true, "container " + FIRST));
  }

  @Test
  void twoContainersOfOneImageAreTwoAndOneRestartedIsTheSame() throws IOException {
    Seen one = new Seen("one").container(FIRST);
    Seen other = new Seen("other").container(SECOND);

    assertThat(one.host().instanceId(0)).isEqualTo(one.host().instanceId(0));
    assertThat(one.host().instanceId(0)).isNotEqualTo(other.host().instanceId(0));
    assertThat(one.host().instanceId(0)).isNotEqualTo(one.host().instanceId(1));
  }

  @Test
  void machinesCopiedFromOneDiskDifferByName() throws IOException {
    Seen one = new Seen("one").machine();
    Seen other = new Seen("other").machine().file("proc/sys/kernel/hostname", "node8\n");

    assertThat(one.host().id()).isEqualTo(other.host().id());
    assertThat(one.host().instanceId(0)).isNotEqualTo(other.host().instanceId(0));
  }

  @Test
  void aMountedRootIsTheMachines() throws IOException {
    Seen machine = new Seen("machine").machine().file("etc/hostname", "node7\n");

    Host host = new Seen("one").container(FIRST).host(machine.root, "other");

    assertThat(host).isEqualTo(new Host(NODE, "node7", true, "container " + FIRST));
  }

  @Test
  void inTheMachinesPidNamespaceProcessOneHasItsFiles() throws IOException {
    Seen machine = new Seen("machine").machine().file("etc/hostname", "node7\n");
    Seen one = new Seen("one").container(FIRST).link("proc/1/root", machine.root.toString());
    Files.delete(one.root.resolve("proc/self/ns/pid"));
    one.link("proc/self/ns/pid", "pid:[4026531836]");

    assertThat(one.host()).isEqualTo(new Host(NODE, "node7", true, "container " + FIRST));
  }

  @Test
  void inAnotherPidNamespaceProcessOneSaysNothing() throws IOException {
    Seen another = new Seen("another").container(SECOND);
    Seen one = new Seen("one").container(FIRST).link("proc/1/root", another.root.toString());

    assertThat(one.host().id()).isNull();
  }

  @Test
  void theNodesNameIsTakenFromTheOrchestratorOrTheKernel() throws IOException {
    Seen one = new Seen("one").container(FIRST);
    assertThat(one.host(null, "node7").name()).isEqualTo("node7");

    Files.delete(one.root.resolve("proc/self/ns/uts"));
    one.link("proc/self/ns/uts", "uts:[4026531838]");
    one.file("proc/sys/kernel/hostname", "node7.example\n");
    assertThat(one.host(null, "node7").name()).isEqualTo("node7.example");
  }

  @Test
  void inAPodTheNameOfTheContainerStaysOverItsRestarts() throws IOException {
    Seen before = new Seen("before").container(FIRST);
    Seen after = new Seen("after").container(SECOND);
    Seen beside = new Seen("beside").container(SECOND);
    pod(before, "netspan", "5f3c");
    pod(after, "netspan", "77aa");
    pod(beside, "second", "12cd");

    assertThat(before.host().scope()).isEqualTo("pod " + POD + " netspan");
    assertThat(before.host().instanceId(0)).isEqualTo(after.host().instanceId(0));
    assertThat(before.host().instanceId(0)).isNotEqualTo(beside.host().instanceId(0));
  }

  private static void pod(Seen seen, String container, String run) throws IOException {
    String from = "/var/lib/kubelet/pods/" + POD + "/containers/" + container + "/" + run;
    seen.file(
        "proc/self/mountinfo",
        "700 607 254:1 " + from + " /dev/termination-log rw,relatime - ext4 /dev/vda1 rw\n");
  }

  /** A container made by hand, without a runtime: the boot id distinguishes machines. */
  @Test
  void aContainerWithoutARuntimeIsIdentifiedByTheBoot() throws IOException {
    Seen one = new Seen("one").container(FIRST).file("proc/self/mountinfo", "");
    Seen elsewhere = new Seen("elsewhere").container(FIRST).file("proc/self/mountinfo", "");
    elsewhere.file("proc/sys/kernel/random/boot_id", "another\n");

    assertThat(one.host().contained()).isTrue();
    assertThat(one.host().instanceId(0)).isEqualTo(one.host().instanceId(0));
    assertThat(one.host().instanceId(0)).isNotEqualTo(elsewhere.host().instanceId(0));
  }

  @Test
  void whatTheUserSaysIsTaken() throws IOException {
    Host host = new Seen("one").container(FIRST).host().with("theirs", null);

    assertThat(host.id()).isEqualTo("theirs");
    assertThat(host.name()).isNull();
    assertThat(host.instanceId(0))
        .isNotEqualTo(host.with("another", null).instanceId(0))
        .isNotEqualTo(host.with(null, "named").instanceId(0));
  }

  @Test
  void aMachineIdThatIsNoneIsLeftOut() throws IOException {
    Seen machine = new Seen("machine").machine();
    for (String none : new String[] {"", "uninitialized\n", "0".repeat(32), NODE + NODE}) {
      machine.file("etc/machine-id", none);
      assertThat(machine.host().id()).as(none).isNull();
    }
    machine.file("var/lib/dbus/machine-id", IMAGE);
    assertThat(machine.host().id()).isEqualTo(IMAGE);
  }

  @Test
  void withoutTheKernelsNameTheFileHasIt() throws IOException {
    Seen machine = new Seen("machine").machine().file("etc/hostname", "node7\n");
    Files.delete(machine.root.resolve("proc/sys/kernel/hostname"));

    assertThat(machine.host().name()).isEqualTo("node7");
  }
}
