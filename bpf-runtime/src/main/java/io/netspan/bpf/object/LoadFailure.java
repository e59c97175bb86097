package io.netspan.bpf.object;

import io.netspan.linux.Errno;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns an error number of libbpf and what it printed into an exception with a remedy.
 *
 * <p>The number alone does not say which program or map it was; only the printed messages do. Their
 * texts have not changed from libbpf 1.0 to 1.7 in what is matched here (libbpf.c:
 * bpf_object_load_prog, bpf_object__create_map, libbpf_load_vmlinux_btf in btf.c). Where they do
 * not match, libbpf's own words are shown instead.
 */
final class LoadFailure {

  private static final Pattern PROGRAM = Pattern.compile("prog '([^']+)': BPF program load failed");
  private static final Pattern MAP = Pattern.compile("map '([^']+)': failed to create");
  private static final Pattern LOG =
      Pattern.compile(
          "prog '[^']+': -- BEGIN PROG LOAD LOG --\\R(.*?)-- END PROG LOAD LOG --", Pattern.DOTALL);
  private static final String PRIVILEGES = "needs CAP_BPF and CAP_PERFMON (or root)";
  private static final int SHOWN_MESSAGES = 3;

  private final int errno;
  private final List<String> messages;

  LoadFailure(int errno, List<String> messages) {
    this.errno = errno;
    this.messages = messages;
  }

  /**
   * @param what was being done to what
   */
  static BpfException of(String what, int errno, List<String> messages) {
    return new LoadFailure(errno, messages).explain(what);
  }

  private BpfException explain(String what) {
    Optional<String> program = first(PROGRAM);
    Optional<String> log = first(LOG);
    if (program.isPresent() && log.isPresent()) {
      return new VerifierException(program.orElseThrow(), errno, log.orElseThrow());
    }
    Optional<String> map = first(MAP);
    String subject =
        program
            .map(name -> "load program " + name)
            .or(() -> map.map(name -> "create map " + name))
            .orElse(what);
    return BpfException.failed(subject, errno, remedy(map.isPresent()).orElse(""));
  }

  private Optional<String> remedy(boolean map) {
    if (errno == Errno.EPERM) {
      return Optional.of(PRIVILEGES);
    }
    if (logged("failed to find valid kernel BTF")) {
      return Optional.of(
          "this kernel has no BTF (/sys/kernel/btf/vmlinux):"
              + " needs one built with CONFIG_DEBUG_INFO_BTF=y");
    }
    if (map && errno == Errno.EINVAL) {
      return Optional.of(
          "a ring buffer's size must be " + BpfMap.RING_SIZES + ", and the kernel 5.8 or newer");
    }
    if (map && errno == Errno.ENOMEM) {
      return Optional.of("not enough memory in the machine or the cgroup: choose a smaller size");
    }
    return lastMessages();
  }

  private Optional<String> first(Pattern pattern) {
    return messages.stream()
        .map(pattern::matcher)
        .filter(Matcher::find)
        .map(matcher -> matcher.group(1))
        .findFirst();
  }

  private boolean logged(String text) {
    return messages.stream().anyMatch(message -> message.contains(text));
  }

  private Optional<String> lastMessages() {
    List<String> last =
        messages.subList(Math.max(0, messages.size() - SHOWN_MESSAGES), messages.size());
    return last.isEmpty()
        ? Optional.empty()
        : Optional.of(String.join("; ", last.stream().map(String::strip).toList()));
  }
}
