package io.netspan.linux.fd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netspan.bpf.sys.FileCalls;
import io.netspan.bpf.sys.PanamaFileCalls;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real files of real processes, which stand in a directory of the test's own. */
@Timeout(60)
final class ConfinedFilesTest {
  private static final int ROOT = 0;
  private static final int USER = 4711;
  private static final int NOBODY = 65534;
  private static final int ENOSYS = 38;
  private static final int EMFILE = 24;

  @TempDir private Path cwd;
  private final List<Process> processes = new ArrayList<>();
  private final CountingCalls calls = new CountingCalls();
  private final ConfinedFiles files = new ConfinedFiles(calls);

  @BeforeEach
  void create() throws IOException {
    permissions(cwd, "rwxr-xr-x");
    for (String name : List.of("down", "closed", "owned")) {
      Files.createDirectory(cwd.resolve(name));
    }
    permissions(cwd.resolve("down"), "rwx--x--x");
    permissions(cwd.resolve("owned"), "rwx------");
    file("args", "rw-r--r--");
    file("secret", "rw-------");
    file("down/args", "rw-r--r--");
    file("closed/args", "rw-r--r--");
    file("owned/args", "r--------");
    permissions(cwd.resolve("closed"), "rwxr--r--");
    Files.createSymbolicLink(cwd.resolve("link"), Path.of("args"));
    Files.createSymbolicLink(cwd.resolve("linked"), Path.of("down"));
  }

  @AfterEach
  void endProcesses() throws InterruptedException {
    for (Process one : processes) {
      one.destroyForcibly().waitFor();
    }
    assertThat(calls.open).as("descriptors left open").isZero();
  }

  private static void permissions(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private void file(String name, String permissions) throws IOException {
    permissions(Files.writeString(cwd.resolve(name), name), permissions);
  }

  /** The directory in procfs of a process that stands in that directory. */
  private Path standingIn(Path directory) throws IOException {
    return running(directory, "sh", "-c", "echo .; read x");
  }

  /** Skips the test if the command does not print a dot. */
  private Path running(Path directory, String... command) throws IOException {
    Process one =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    processes.add(one);
    assumeTrue(one.getInputStream().read() == '.', String.join(" ", command) + " needs root");
    return Path.of("/proc", Long.toString(one.pid()));
  }

  private String read(int uid, String path) throws IOException {
    return new String(files.read(standingIn(cwd), uid, path, 100), UTF_8);
  }

  private void assertRefused(Path process, String path, String reason) {
    assertThatThrownBy(() -> files.read(process, ROOT, path, 100))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aPathIsBelowTheWorkingDirectoryOrTheRoot() throws IOException {
    assertThat(read(USER, "args")).isEqualTo("args");
    assertThat(read(USER, "./down//args")).isEqualTo("down/args");
    assertThat(files.read(standingIn(cwd), USER, "/etc/passwd", 1 << 20))
        .isEqualTo(Files.readAllBytes(Path.of("/etc/passwd")));
  }

  @Test
  void noMoreThanTheLimitIsRead() throws IOException {
    assertThat(files.read(standingIn(cwd), USER, "down/args", 3))
        .asString(US_ASCII)
        .isEqualTo("dow");
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret", "closed/args", "owned/args"})
  void permissionsOfOthersCount(String path) throws IOException {
    assertThatThrownBy(() -> read(USER, path))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("no permission");
    assertThat(read(ROOT, path)).isEqualTo(path);
  }

  @Test
  void permissionsOfTheOwnerCount() throws IOException {
    int owner = owner(USER);
    assumeTrue(owner != NOBODY, "the user nobody owns nothing");

    assertThat(read(owner, "owned/args")).isEqualTo("owned/args");
    assertThatThrownBy(() -> read(owner + 1, "owned/args")).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void theUserOfAllThatHaveNoNumberOwnsNothing() throws IOException {
    assumeTrue(owner(NOBODY) == NOBODY, "chown needs root");

    assertThatThrownBy(() -> read(NOBODY, "owned/args")).isInstanceOf(NoSuchFileException.class);
  }

  /** Gives a directory and its file to the user, if that is possible here. */
  private int owner(int wanted) throws IOException {
    int owner = (int) Files.getAttribute(cwd, "unix:uid");
    if (owner != ROOT) {
      return owner;
    }
    Files.setAttribute(cwd.resolve("owned/args"), "unix:uid", wanted);
    Files.setAttribute(cwd.resolve("owned"), "unix:uid", wanted);
    return wanted;
  }

  @Test
  void theWorkingDirectoryItselfCounts() throws IOException {
    permissions(cwd, "rwx------");

    assertThatThrownBy(() -> read(USER, "args")).isInstanceOf(NoSuchFileException.class);
    assertThat(read(ROOT, "args")).isEqualTo("args");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "link",
        "linked/args",
        "../args",
        "down/../args",
        "args/x",
        "",
        "/",
        ".",
        "down",
        "none",
        "args\0"
      })
  void onlyARegularFileByAPlainPathIsRead(String path) {
    assertThatThrownBy(() -> read(ROOT, path)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void noLongPathIsWalked() throws IOException {
    assertThat(read(ROOT, "./".repeat(63) + "args")).isEqualTo("args");
    assertThatThrownBy(() -> read(ROOT, "./".repeat(64) + "args")).hasMessageContaining("too long");
    assertThatThrownBy(() -> read(ROOT, "x".repeat(4_097))).hasMessageContaining("too long");
  }

  @Test
  void aFifoIsRefusedAtOnce() throws Exception {
    Path fifo = cwd.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    permissions(fifo, "rw-rw-rw-");

    assertRefused(standingIn(cwd), "fifo", "no regular file");
  }

  @Test
  void aDeviceIsRefused() throws Exception {
    Path zero = cwd.resolve("zero");
    Process made = new ProcessBuilder("mknod", zero.toString(), "c", "1", "5").start();
    assumeTrue(made.waitFor() == 0, "mknod needs root");

    assertRefused(standingIn(cwd), "zero", "no regular file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/proc", "/sys", "/proc/self/fdinfo"})
  void procfsAndSysfsAreRefused(String directory) throws IOException {
    Path process = standingIn(Path.of(directory));

    assertRefused(
        process, "kallsyms", "system " + (directory.startsWith("/proc") ? "proc" : "sysfs"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/proc/version", "/proc/kallsyms", "/sys/kernel/notes", "/dev/null"})
  void noMountIsEntered(String path) throws IOException {
    assertRefused(standingIn(cwd), path, "EXDEV");
  }

  @Test
  void aFileThatIsMountedOverAnotherIsRefused() throws IOException {
    Path process =
        running(cwd, "unshare", "-m", "sh", "-c", "mount --bind secret args && echo . && read x");

    assertRefused(process, "args", "EXDEV");
    assertThat(read(ROOT, "args")).as("in another namespace").isEqualTo("args");
  }

  @Test
  void aDirectoryOfAnotherNamespaceIsRefused() throws IOException {
    Path other =
        running(
            cwd,
            "unshare",
            "-m",
            "sh",
            "-c",
            "mount -t tmpfs none down && echo x >down/args && echo . && read x");
    Path process = standingIn(Path.of(other + "/cwd/down"));

    assertThat(files.read(other, ROOT, "args", 9)).asString(US_ASCII).isEqualTo("args");
    assertRefused(process, "args", "in no mount of the process");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOverlayIsReadUnlessItIsOfAUserNamespace(boolean initial) throws IOException {
    String mount =
        "mount -t tmpfs none down && cd down && mkdir lower upper work all && echo x >lower/args"
            + " && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none all"
            + " && cd all && echo . && read x";
    Path process = running(cwd, "unshare", initial ? "-m" : "-Urm", "sh", "-c", mount);

    if (initial) {
      assertThat(files.read(process, ROOT, "args", 9)).asString(US_ASCII).isEqualTo("x\n");
    } else {
      assertRefused(process, "args", "on the file system overlay");
    }
  }

  @Test
  void aProcessThatHasEndedHasNoFiles() throws Exception {
    Path process = standingIn(cwd);
    processes.getFirst().destroyForcibly().waitFor();

    assertRefused(process, "args", "ENOENT");
  }

  @Test
  void aFailureOfTheAgentIsNoRefusalAndLeavesNothingOpen() throws IOException {
    Path process = standingIn(cwd);
    int opens = 0;
    for (boolean read = false; !read; opens++) {
      calls.failAfter(opens, EMFILE);
      try {
        read = files.read(process, USER, "down/args", 100).length > 0;
      } catch (NoSuchFileException e) {
        throw e;
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("EMFILE (24)");
      }
      assertThat(calls.open).isZero();
    }

    assertThat(opens)
        .as("the process, its directory, its mounts, two names, the file")
        .isEqualTo(7);
  }

  @Test
  void aKernelWithoutTheCallRefuses() throws IOException {
    calls.failAfter(0, ENOSYS);

    assertRefused(standingIn(cwd), "args", "ENOSYS (38)");
  }

  @Test
  void theTypeOfAMountIsReadFromItsLine() {
    byte[] mounts =
        """
        22 1 8:1 / / rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw
        23 22 0:5 / /a\\040-\\040b rw - fuse.x none rw
        24 22 0:5 / /a\r25 1 8:1 / / rw - ext4 x rw - fuse.y none rw
        225 22 0:5 / /proc rw - proc none rw
        26 22 0:5 / /cut rw - ext4 /dev/s"""
            .getBytes(US_ASCII);

    assertThat(ConfinedFiles.typeOf(22, mounts)).isEqualTo("ext4");
    assertThat(ConfinedFiles.typeOf(23, mounts)).isEqualTo("fuse.x");
    assertThat(ConfinedFiles.typeOf(25, mounts)).isEmpty();
    assertThat(ConfinedFiles.typeOf(225, mounts)).isEqualTo("proc");
    assertThat(ConfinedFiles.typeOf(26, mounts)).isEmpty();
    assertThat(ConfinedFiles.typeOf(-1, mounts)).isEmpty();
    assertThat(ConfinedFiles.typeOf(1, new byte[0])).isEmpty();
  }

  /** The real calls, the open descriptors counted; an open can be made to fail. */
  private static final class CountingCalls implements FileCalls {
    private final FileCalls real = new PanamaFileCalls();
    private int open;
    private int left = Integer.MAX_VALUE;
    private int errno;

    void failAfter(int opens, int with) {
      left = opens;
      errno = with;
    }

    @Override
    public int openat2(int directory, String path, long flags, long resolve) {
      if (left-- == 0) {
        return -errno;
      }
      int fd = real.openat2(directory, path, flags, resolve);
      open += fd >= 0 ? 1 : 0;
      return fd;
    }

    @Override
    public int statx(int fd, int flags, int mask, MemorySegment status) {
      return real.statx(fd, flags, mask, status);
    }

    @Override
    public long read(int fd, MemorySegment buffer) {
      return real.read(fd, buffer);
    }

    @Override
    public int close(int fd) {
      open--;
      return real.close(fd);
    }
  }
}
