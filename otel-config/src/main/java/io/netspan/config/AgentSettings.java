package io.netspan.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the agent does. An option of the command line comes before a file, a file before {@link
 * #DEFAULTS}.
 *
 * @param peers names for other ends whose process is not known
 * @param containers what is to be known about containers
 * @param kubernetes what the Kubernetes API is asked
 * @param hostRoot where the machine's root is mounted, if this is a container that has it
 */
public record AgentSettings(
    OutputSettings output,
    TracerSettings tracer,
    UdpSettings udp,
    SpanSettings spans,
    ExportSettings export,
    PeerSettings peers,
    ContainerSettings containers,
    KubernetesSettings kubernetes,
    Optional<Path> hostRoot) {

  public static final Form<Path> HOST_ROOT =
      Form.of(
          Path::of,
          // The empty path would be the working directory.
          path -> !path.toString().isEmpty() && Files.isDirectory(path),
          "this is not a directory; write where the machine's root is mounted");

  public static final AgentSettings DEFAULTS =
      new AgentSettings(
          OutputSettings.DEFAULTS,
          TracerSettings.DEFAULTS,
          UdpSettings.DEFAULTS,
          SpanSettings.DEFAULTS,
          ExportSettings.DEFAULTS,
          PeerSettings.DEFAULTS,
          ContainerSettings.DEFAULTS,
          KubernetesSettings.DEFAULTS,
          Optional.empty());

  /**
   * @throws ConfigException if the settings contradict each other
   */
  public AgentSettings {
    if (tracer.snapshotInterval().isZero() && !spans.activeTimeout().isZero()) {
      throw new ConfigException(
          List.of(
              "--snapshot-interval is 0 and --active-timeout is "
                  + TimeSpan.written(spans.activeTimeout())
                  + ": spans of open connections need scans; write --active-timeout 0, or an"
                  + " interval"));
    }
  }

  /** What the user should know, a sentence each. */
  public List<String> warnings() {
    return udp.mode() != UdpMode.OFF && tracer.choice() == TracerChoice.POLL
        ? List.of(
            "--udp "
                + Form.written(udp.mode())
                + " has no effect with --tracer poll: UDP flows are counted by the kernel programs"
                + " only")
        : List.of();
  }
}
