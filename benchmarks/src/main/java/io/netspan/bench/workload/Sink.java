package io.netspan.bench.workload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netspan.bench.machine.Cgroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The program {@code sink}: a backend for OTLP that counts spans. */
final class Sink implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedReader output;
  private final Cgroup cgroup;
  private final int port;

  private Sink(Process process, Cgroup cgroup) throws IOException {
    this.process = process;
    this.cgroup = cgroup;
    this.output = process.inputReader(StandardCharsets.UTF_8);
    this.port = read().path("port").asInt();
  }

  static Sink start(Path program) throws IOException {
    Cgroup cgroup = Cgroup.create();
    Process process =
        new ProcessBuilder(cgroup.running(List.of(program.toString())))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new Sink(process, cgroup);
  }

  private JsonNode read() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("the sink has ended");
    }
    return JSON.readTree(line);
  }

  int port() {
    return port;
  }

  double cpuSeconds() throws IOException {
    return cgroup.cpuSeconds();
  }

  /** Returns what has arrived since the last call. */
  JsonNode arrived() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    return read();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    output.close();
    cgroup.close();
  }
}
