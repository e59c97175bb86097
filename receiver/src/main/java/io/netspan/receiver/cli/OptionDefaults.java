package io.netspan.receiver.cli;

import io.netspan.config.AgentSettings;
import io.netspan.config.ByteSize;
import io.netspan.config.ExportSettings;
import io.netspan.config.Form;
import io.netspan.config.KubernetesSettings;
import io.netspan.config.TimeSpan;
import io.netspan.config.TracerSettings;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * The defaults of the options of {@code run} as users write them, for {@code --help}, where {@code
 * ${bundle:default.OPTION}} stands for one.
 */
final class OptionDefaults extends ResourceBundle {
  /** Without it, picocli would take an option's default for its description. */
  private static final String PREFIX = "default.";

  /** The defaults by option name, without the leading hyphens, in the order of the help. */
  static Map<String, String> all() {
    AgentSettings settings = AgentSettings.DEFAULTS;
    TracerSettings tracer = settings.tracer();
    Map<String, String> all = new LinkedHashMap<>();
    all.put("tracer", Form.written(tracer.choice()));
    all.put("udp", Form.written(settings.udp().mode()));
    all.put("udp-idle-timeout", TimeSpan.written(settings.udp().idleTimeout()));
    all.put("include-self", tracer.includeSelf() ? "on" : "off");
    all.put("snapshot-interval", TimeSpan.written(tracer.snapshotInterval()));
    all.put("poll-interval", TimeSpan.written(tracer.pollInterval()));
    all.put("format", Form.written(settings.output().format()));
    all.put("lines-per-second", Integer.toString(settings.output().linesPerSecond()));
    all.put("active-timeout", TimeSpan.written(settings.spans().activeTimeout()));
    all.put("keep", "none");
    all.put("correlation-peers", "loopback, link-local and private ranges");
    all.put("series-idle-timeout", TimeSpan.written(settings.export().seriesIdleTimeout()));
    all.put("metric-attributes", "none");
    all.put("peer-names", "none");
    all.put("peer-names-file", "none");
    all.put("hosts-file", "auto");
    all.put("conntrack", settings.peers().conntrack() ? "on" : "off");
    all.put("container-runtimes", "auto");
    all.put("container-labels", "none");
    all.put("kubernetes", "auto");
    all.put("kubernetes-token", "the pod's own");
    all.put("kubernetes-ca", "the pod's own");
    all.put("kubernetes-node", KubernetesSettings.NODE_VARIABLE);
    all.put("kubernetes-peers", settings.kubernetes().peers() ? "on" : "off");
    all.put(
        "max-connections",
        TracerSettings.MOST_CONNECTIONS_BY_DEFAULT + ", or as many as half the heap holds");
    all.put("ring-size", ByteSize.written(tracer.ringBytes()));
    all.put(
        "export-backlog",
        ByteSize.written(ExportSettings.MOST_BACKLOG_BY_DEFAULT) + ", or a sixth of the heap");
    all.put("host-root", settings.hostRoot().map(Object::toString).orElse("none"));
    all.put("log-level", Form.written(AgentOptions.LogLevel.DEFAULT));
    return all;
  }

  @Override
  protected @Nullable Object handleGetObject(String key) {
    return key.startsWith(PREFIX) ? all().get(key.substring(PREFIX.length())) : null;
  }

  @Override
  public Enumeration<String> getKeys() {
    return Collections.enumeration(all().keySet().stream().map(PREFIX::concat).toList());
  }
}
