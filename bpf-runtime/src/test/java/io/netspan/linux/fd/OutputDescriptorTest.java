package io.netspan.linux.fd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.bpf.sys.DescriptorCalls;
import io.netspan.bpf.sys.NetlinkCalls;
import io.netspan.bpf.sys.PanamaDescriptorCalls;
import io.netspan.bpf.sys.PanamaNetlinkCalls;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests with real descriptors; results that those cannot produce are scripted. */
final class OutputDescriptorTest {
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_RDWR_NONBLOCK = 2 | 0x800;
  private static final int O_WRONLY_NONBLOCK = 1 | 0x800;
  private static final byte[] LINE = "one line\n".getBytes(StandardCharsets.US_ASCII);

  private final NetlinkCalls files = PanamaNetlinkCalls.instance();

  @TempDir private Path folder;

  private static OutputDescriptor of(int fd) {
    assertThat(fd).isPositive();
    return new OutputDescriptor(new PanamaDescriptorCalls(), fd);
  }

  private static int write(OutputDescriptor to) throws IOException {
    return to.write(LINE, 0, LINE.length);
  }

  private Path fifo() throws IOException, InterruptedException {
    Path fifo = folder.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    return fifo;
  }

  @Test
  void aFileTakesAll() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    int fd = files.open(file.toString(), O_WRONLY);
    OutputDescriptor output = of(fd);

    assertThat(write(output)).isEqualTo(LINE.length);

    assertThat(output.readerGone()).isFalse();
    assertThat(Files.readAllBytes(file)).isEqualTo(LINE);
    files.close(fd);
  }

  @Test
  void aFullDiskIsNoReaderThatIsGone() {
    int fd = files.open("/dev/full", O_WRONLY);
    OutputDescriptor full = of(fd);

    assertThatThrownBy(() -> write(full))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(ReaderGoneException.class)
        .hasMessage("ENOSPC (28)");
    assertThat(full.readerGone()).isFalse();
    files.close(fd);
  }

  @Test
  void aPipeThatIsFullHasNoRoomAndOneWithoutReadersIsGone() throws Exception {
    String fifo = fifo().toString();
    int reader = files.open(fifo, O_RDWR_NONBLOCK);
    int fd = files.open(fifo, O_WRONLY_NONBLOCK);
    OutputDescriptor output = of(fd);
    byte[] much = new byte[1 << 20];
    int written = 0;
    for (int some = output.write(much, 0, much.length); some > 0; ) {
      written += some;
      some = output.write(much, written, much.length - written);
    }

    assertThat(written).isPositive();
    assertThat(output.readerGone()).isFalse();
    files.close(reader);
    assertThat(output.readerGone()).isTrue();
    assertThatThrownBy(() -> write(output))
        .isInstanceOf(ReaderGoneException.class)
        .hasMessage("EPIPE (32)");
    files.close(fd);
  }

  @Test
  void whatCannotBeWrittenAtAllIsGone() {
    int fd = files.open("/dev/null", O_RDONLY);

    assertThatThrownBy(() -> write(of(fd)))
        .isInstanceOf(ReaderGoneException.class)
        .hasMessage("EBADF (9)");
    files.close(fd);
  }

  @Test
  void aTerminalThatHungUpIsGoneAndADiskWithAnErrorIsNot() {
    assertThatThrownBy(() -> write(new OutputDescriptor(new Scripted(-5, 0x10), 1)))
        .isInstanceOf(ReaderGoneException.class)
        .hasMessage("EIO (5)");
    assertThatThrownBy(() -> write(new OutputDescriptor(new Scripted(-5, 0), 1)))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(ReaderGoneException.class);
  }

  @Test
  void aSignalInBetweenIsNoError() throws IOException {
    assertThat(write(new OutputDescriptor(new Scripted(-4, -4, 7), 1))).isEqualTo(7);
  }

  @Test
  void aNameIsHeldByOneProcessAtATime() throws Exception {
    String name = "netspan-test-" + ProcessHandle.current().pid();

    assertThat(ProcessClaim.take(name)).isTrue();
    assertThat(ProcessClaim.take(name)).isFalse();
    assertThat(ProcessClaim.take(name + "-other")).isTrue();
    assertThat(Files.readString(Path.of("/proc/net/unix"))).contains("@" + name);
  }

  @Test
  void whereThereAreNoUnixSocketsEveryNameIsFree() {
    assertThat(ProcessClaim.take(new Scripted(-97), "name")).isTrue();
  }

  /** Returns these results in turn, whatever the call. */
  private static final class Scripted implements DescriptorCalls {
    private final Queue<Integer> results;

    private Scripted(Integer... results) {
      this.results = new ArrayDeque<>(List.of(results));
    }

    @Override
    public long write(int fd, MemorySegment bytes) {
      return results.remove();
    }

    @Override
    public int poll(int fd, int events, int timeoutMillis) {
      return results.remove();
    }

    @Override
    public int bound(int domain, int type, MemorySegment address) {
      return results.remove();
    }
  }
}
