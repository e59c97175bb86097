package io.netspan.receiver.cli;

import io.netspan.config.ContainerSettings;
import io.netspan.config.Glob;
import io.netspan.config.RuntimeChoice;
import java.util.List;
import picocli.CommandLine.Option;

/** The options about what is known of containers. */
final class ContainerOptions {
  @Option(
      names = "--container-runtimes",
      paramLabel = "auto|none|RUNTIME=SOCKET",
      split = ",",
      description =
          "Runtimes that are asked about containers: auto for those at their usual places, or such as docker=/run/docker.sock (default: ${bundle:default.container-runtimes}).")
  private List<String> runtimes = List.of();

  @Option(
      names = "--container-labels",
      paramLabel = "KEY",
      split = ",",
      description =
          "Labels of containers and pods that are exported, such as org.example.*; * stands for any characters (default: ${bundle:default.container-labels}).")
  private List<String> labels = List.of();

  ContainerSettings settings(ContainerSettings below, Overrides given) {
    return new ContainerSettings(
        given.all("--container-runtimes", runtimes, RuntimeChoice.FORM, below.runtimes()),
        given.all("--container-labels", labels, Glob.FORM, below.labels()));
  }
}
