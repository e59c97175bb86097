package io.netspan.receiver.cli;

import io.netspan.config.HostsFile;
import io.netspan.config.NamedRange;
import io.netspan.config.PeerSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options about the names of peers whose process is not known. */
final class PeerOptions {
  @Option(
      names = "--peer-names",
      paramLabel = "RANGE=NAME",
      split = ",",
      description =
          "Names for services at addresses where no process is known, such as%n10.0.0.0/8=corp,10.1.2.0/24=billing;%nthe narrowest range counts (default: ${bundle:default.peer-names}).")
  private List<String> peerNames = List.of();

  @Option(
      names = "--peer-names-file",
      paramLabel = "PATH",
      description =
          "A file with more of them, a line each: 10.1.2.0/24 billing (default: ${bundle:default.peer-names-file}).")
  private @Nullable String peerNamesFile;

  @Option(
      names = "--hosts-file",
      paramLabel = "auto|off|PATH",
      description =
          "The hosts file that names addresses where no process is known; auto is the machine's /etc/hosts (default: ${bundle:default.hosts-file}).")
  private @Nullable String hostsFile;

  @Option(
      names = "--conntrack",
      description =
          "Ask the kernel's connection tracking where translated connections to other machines go (default: ${bundle:default.conntrack}).")
  private boolean conntrack;

  PeerSettings settings(PeerSettings below, Overrides given) {
    List<NamedRange> names =
        new ArrayList<>(given.all("--peer-names", peerNames, NamedRange.FORM, below.names()));
    if (peerNamesFile != null) {
      names.addAll(
          given.of("--peer-names-file", peerNamesFile, PeerSettings.NAMES_FILE, List.of()));
    }
    return new PeerSettings(
        names,
        given.of("--hosts-file", hostsFile, HostsFile.FORM, below.hosts()),
        conntrack || below.conntrack());
  }
}
