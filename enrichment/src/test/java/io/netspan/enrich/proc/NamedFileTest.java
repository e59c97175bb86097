package io.netspan.enrich.proc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamedFileTest {
  private static final int ROOT = 0;
  private static final int USER = 4711;

  @TempDir private Path process;
  private final NamedFile named = new NamedFile();

  @BeforeEach
  void create() throws IOException {
    Path cwd = directory("cwd", "rwxr-xr-x");
    directory("root", "rwxr-xr-x");
    directory("cwd/down", "rwx--x--x");
    directory("cwd/closed", "rwxr--r--");
    file("root/args", "rw-r--r--");
    file("cwd/args", "rw-r--r--");
    file("cwd/secret", "rw-------");
    file("cwd/down/args", "rw-r--r--");
    file("cwd/closed/args", "rw-r--r--");
    Files.createSymbolicLink(cwd.resolve("link"), Path.of("args"));
    Files.createSymbolicLink(cwd.resolve("linked"), Path.of("down"));
  }

  private Path directory(String name, String permissions) throws IOException {
    Path directory = Files.createDirectory(process.resolve(name));
    return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
  }

  private Path file(String name, String permissions) throws IOException {
    Path file = Files.writeString(process.resolve(name), name);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private String read(int uid, String path) throws IOException {
    return new String(named.read(process, uid, path, 100), UTF_8);
  }

  @Test
  void aPathIsBelowTheRootOrTheWorkingDirectory() throws IOException {
    assertThat(read(USER, "/args")).isEqualTo("root/args");
    assertThat(read(USER, "args")).isEqualTo("cwd/args");
    assertThat(read(USER, "./down//args")).isEqualTo("cwd/down/args");
    assertThat(named.read(process, USER, "args", 3)).asString(UTF_8).isEqualTo("cwd");
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret", "closed/args"})
  void permissionsOfOthersCount(String path) throws IOException {
    assertThatThrownBy(() -> read(USER, path)).isInstanceOf(NoSuchFileException.class);
    assertThat(read(ROOT, path)).isEqualTo("cwd/" + path);
  }

  @Test
  void permissionsOfTheOwnerCount() throws IOException {
    Path owned = file("cwd/owned", "r--------");
    int owner = (int) Files.getAttribute(owned, "unix:uid");
    if (owner == ROOT) {
      owner = USER;
      Files.setAttribute(owned, "unix:uid", owner);
    }

    assertThat(read(owner, "owned")).isEqualTo("cwd/owned");
    assertThatThrownBy(() -> read(USER + 1, "owned")).isInstanceOf(NoSuchFileException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "link",
        "linked/args",
        "../root/args",
        "down/../args",
        "",
        "/",
        ".",
        "down",
        "none"
      })
  void onlyARegularFileByAPlainPathIsRead(String path) {
    assertThatThrownBy(() -> read(ROOT, path)).isInstanceOf(IOException.class);
  }

  @Test
  void noLongPathIsWalked() {
    assertThatThrownBy(() -> read(ROOT, "./".repeat(64) + "args")).hasMessageContaining("too long");
    assertThatThrownBy(() -> read(ROOT, "x".repeat(4_097))).hasMessageContaining("too long");
  }

  @Test
  void aFileThatBlocksHoldsUpOneReadOnly() throws Exception {
    CountDownLatch opened = new CountDownLatch(1);
    NamedFile blocking =
        new NamedFile(
            (directory, uid, path, limit) -> {
              try {
                opened.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              return path.getBytes(UTF_8);
            },
            /* timeoutMillis= */ 1);

    assertThatThrownBy(() -> blocking.read(process, USER, "fifo", 9))
        .isInstanceOf(InterruptedIOException.class)
        .hasMessageContaining("fifo");
    assertThatThrownBy(() -> blocking.read(process, USER, "args", 9))
        .isInstanceOf(InterruptedIOException.class)
        .hasMessageContaining("another file");
    opened.countDown();
  }
}
