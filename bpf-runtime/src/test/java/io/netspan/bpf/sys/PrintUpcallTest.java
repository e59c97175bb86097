package io.netspan.bpf.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests libbpf's printer, provoked with an invalid object. */
final class PrintUpcallTest {

  private record Sink(List<String> messages, int lowest) implements NativeCalls.Print {

    @Override
    public boolean wants(int level) {
      return level <= lowest;
    }

    @Override
    public void message(int level, String text) {
      messages.add(level + " " + text);
    }
  }

  private final NativeCalls calls = PanamaCalls.instance();
  private final List<String> messages = new ArrayList<>();

  private void provoke(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment noElf = arena.allocate(64, 8).fill((byte) 'x');
      assertThat(calls.bpfObjectOpenMem(noElf, name)).isNegative();
    }
  }

  @AfterEach
  void silence() {
    calls.libbpfSetPrint(new Sink(new ArrayList<>(), -1));
  }

  @Test
  void messagesComeFormatted() {
    calls.libbpfSetPrint(new Sink(messages, NativeCalls.LIBBPF_INFO));
    provoke("named");
    assertThat(messages).isNotEmpty().allMatch(m -> m.startsWith("0 libbpf: "));
    assertThat(messages).anyMatch(m -> m.contains("named"));
  }

  @Test
  void longMessagesAreFormattedASecondTime() {
    String name = "n".repeat(5_000);
    calls.libbpfSetPrint(new Sink(messages, 2));
    provoke(name);
    assertThat(messages).anyMatch(m -> m.length() > 1_024);
  }

  @Test
  void unwantedLevelsDoNotCome() {
    calls.libbpfSetPrint(new Sink(messages, -1));
    provoke("named");
    assertThat(messages).isEmpty();
  }

  @Test
  void whatThePrinterThrowsIsSwallowed() {
    calls.libbpfSetPrint(
        new NativeCalls.Print() {
          @Override
          public boolean wants(int level) {
            return true;
          }

          @Override
          public void message(int level, String text) {
            messages.add(text);
            throw new AssertionError("would end the JVM");
          }
        });
    provoke("named");
    assertThat(messages).isNotEmpty();
  }
}
