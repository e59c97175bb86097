package io.netspan.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the agent does. An option of the command line comes before a file, a file before {@link
 * #DEFAULTS}.
 *
 * @param correlationPeers where the other end of a connection may have a span of its own
 * @param hostRoot where the machine's root is mounted, if this is a container that has it
 */
public record AgentSettings(
    OutputSettings output,
    TracerSettings tracer,
    UdpSettings udp,
    ExportSettings export,
    List<AddressRange> correlationPeers,
    Optional<Path> hostRoot) {

  public static final Form<Path> HOST_ROOT =
      Form.of(
          Path::of,
          Files::isDirectory,
          "there is no such directory; write where the machine's root is mounted");

  public static final AgentSettings DEFAULTS =
      new AgentSettings(
          OutputSettings.DEFAULTS,
          TracerSettings.DEFAULTS,
          UdpSettings.DEFAULTS,
          ExportSettings.DEFAULTS,
          AddressRange.LOCAL_AND_PRIVATE,
          Optional.empty());

  public AgentSettings {
    correlationPeers = List.copyOf(correlationPeers);
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
