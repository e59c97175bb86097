package io.netspan.bpf.object;

import io.netspan.bpf.sys.NativeCalls;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Assigns libbpf's messages to the calls that caused them. libbpf prints on the thread of the call
 * concerned, so messages that arrive while that thread has a {@link Capture} open belong to the
 * capture. All others, such as warnings at closing, go to the logger {@code io.netspan.bpf.libbpf}.
 *
 * <p>Any thread; a thread sees only its own capture.
 */
final class LibbpfLog implements NativeCalls.Print {

  /** libbpf's printer is one for the process. */
  static final LibbpfLog SHARED = new LibbpfLog();

  /** The most characters that one capture keeps; enough for the longest verifier log. */
  static final int LIMIT = (1 << 24) + (1 << 16);

  private static final System.Logger LOGGER = System.getLogger("io.netspan.bpf.libbpf");

  private static final ThreadLocal<@Nullable Capture> OPEN = new ThreadLocal<>();

  /** Messages of libbpf, level INFO and up, from its creation to its closing. */
  static final class Capture implements AutoCloseable {

    private final List<String> messages = new ArrayList<>();
    private int length;

    private Capture() {
      OPEN.set(this);
    }

    private void add(String text) {
      if (length + text.length() <= LIMIT) {
        messages.add(text);
        length += text.length();
      }
    }

    List<String> messages() {
      return messages;
    }

    @Override
    public void close() {
      OPEN.remove();
    }
  }

  /** One at a time on each thread. */
  static Capture capture() {
    return new Capture();
  }

  @Override
  public boolean wants(int level) {
    return level <= NativeCalls.LIBBPF_INFO || LOGGER.isLoggable(System.Logger.Level.TRACE);
  }

  @Override
  public void message(int level, String text) {
    Capture capture = OPEN.get();
    if (capture != null && level <= NativeCalls.LIBBPF_INFO) {
      capture.add(text);
    } else {
      LOGGER.log(
          level <= NativeCalls.LIBBPF_INFO ? System.Logger.Level.DEBUG : System.Logger.Level.TRACE,
          text.strip());
    }
  }
}
