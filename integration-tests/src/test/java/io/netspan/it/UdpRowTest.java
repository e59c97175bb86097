package io.netspan.it;

import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.TruthTable;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The truth table's row about UDP. */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class UdpRowTest {
  @TempDir private Path folder;

  @Test
  void l16Flows() throws Exception {
    TruthTable.check(
        Row.L16,
        Terms.BPF.tracer(),
        () -> {
          try (WatchedAgent agent =
              WatchedAgent.start(folder, "--udp", "on", "--udp-idle-timeout", "1s")) {
            return agent.judge("L16");
          }
        });
  }
}
