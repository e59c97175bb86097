package io.netspan.config;

import java.util.List;

/**
 * What is to be known about containers.
 *
 * @param runtimes that are asked
 * @param labels the keys of labels that are exported
 */
public record ContainerSettings(List<RuntimeChoice> runtimes, List<Glob> labels) {
  public static final ContainerSettings DEFAULTS =
      new ContainerSettings(List.of(new RuntimeChoice.Auto()), List.of());

  /**
   * @throws ConfigException if no runtime is to be asked, and some are
   */
  public ContainerSettings {
    runtimes = List.copyOf(runtimes);
    labels = List.copyOf(labels);
    if (runtimes.size() > 1 && runtimes.contains(new RuntimeChoice.None())) {
      throw new ConfigException(
          List.of(
              "--container-runtimes has none beside others: write none alone, or leave it out"));
    }
  }

  /** Whether a label with this key is exported. */
  public boolean exportsLabel(String key) {
    return labels.stream().anyMatch(glob -> glob.matches(key));
  }
}
