package io.netspan.bench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Connections within the namespace that carry nothing. close() ends them. */
final class OpenConnections implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private OpenConnections(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Returns when all are open. */
  static OpenConnections start(List<String> command) throws IOException {
    OpenConnections connections =
        new OpenConnections(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    if (connections.output.readLine() == null) {
      connections.close();
      throw new IOException("the connections were not opened, for the reason above");
    }
    return connections;
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    process.onExit().join();
    output.close();
  }
}
