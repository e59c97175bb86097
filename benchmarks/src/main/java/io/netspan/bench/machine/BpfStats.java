package io.netspan.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel measures BPF programs while this is open. */
public final class BpfStats implements AutoCloseable {
  private static final Path SETTING = Path.of("/proc/sys/kernel/bpf_stats_enabled");

  private final String before;

  public BpfStats() throws IOException {
    before = Files.readString(SETTING).strip();
    Files.writeString(SETTING, "1");
  }

  @Override
  public void close() throws IOException {
    Files.writeString(SETTING, before);
  }
}
