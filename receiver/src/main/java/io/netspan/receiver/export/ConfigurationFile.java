package io.netspan.receiver.export;

import io.netspan.config.BackendUrl;
import io.netspan.config.ConfigException;
import io.netspan.config.NamedPipe;
import io.netspan.config.ScrapeUrl;
import io.netspan.config.Signal;
import io.netspan.config.env.ExporterSelection;
import io.netspan.config.env.ExporterSelection.Endpoint;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.DeclarativeConfiguration;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.MetricReaderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.OpenTelemetryConfigurationModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PullMetricExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PushMetricExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SpanExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SpanProcessorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A file of OpenTelemetry's declarative configuration after it was read. */
final class ConfigurationFile {
  private static final String GRPC = "grpc";
  private static final String HTTP = "http/protobuf";
  private static final int MOST_BYTES = 4 << 20;
  private static final String DEFAULT_GRPC = "http://localhost:4317";
  private static final String DEFAULT_HTTP = "http://localhost:4318";

  /** An exporter that the file configures. */
  private record Target(Signal signal, String protocol, String url) {
    @Override
    public String toString() {
      // The parsed URL, since the written one can contain a password.
      String shown = BackendUrl.parse(url).map(BackendUrl::toString).orElse("an unreadable URL");
      return "OTLP/" + protocol + " to " + shown;
    }
  }

  private final Path path;
  private final String content;
  private final List<String> warnings;
  private final OpenTelemetryConfigurationModel model;
  private final List<Target> targets = new ArrayList<>();
  private final List<ScrapeUrl> scraped = new ArrayList<>();

  private ConfigurationFile(Path path, String content) {
    this.path = path;
    this.content = content;
    this.warnings = FileCheck.warnings(path, content);
    try {
      byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
      this.model = DeclarativeConfiguration.parse(new ByteArrayInputStream(bytes));
    } catch (RuntimeException e) {
      throw refused(e);
    }
    if (model == null) {
      throw new ConfigException(
          List.of(
              path
                  + ": the file is empty: write file_format: '1.1' and what to export, or unset OTEL_CONFIG_FILE"));
    }
    if (!Boolean.TRUE.equals(model.getDisabled())) {
      findTargets();
    }
  }

  /**
   * Reads the file.
   *
   * @throws ConfigException if it cannot be read
   */
  static ConfigurationFile read(Path path) {
    if (NamedPipe.is(path)) {
      throw new ConfigException(
          List.of("OTEL_CONFIG_FILE is '" + path + "': it is a named pipe; write a file's path"));
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new ConfigException(
            List.of("OTEL_CONFIG_FILE is '" + path + "': the file is larger than 4 MiB"));
      }
      CharBuffer content = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return new ConfigurationFile(path, content.toString());
    } catch (CharacterCodingException e) {
      throw new ConfigException(
          List.of("OTEL_CONFIG_FILE is '" + path + "': the file is not UTF-8: save it as UTF-8"));
    } catch (NoSuchFileException e) {
      throw new ConfigException(
          List.of(
              "OTEL_CONFIG_FILE is '" + path + "': there is no such file; write the path of one"));
    } catch (AccessDeniedException e) {
      throw new ConfigException(
          List.of("OTEL_CONFIG_FILE is '" + path + "': this process has no permission to read it"));
    } catch (IOException e) {
      throw new ConfigException(
          List.of("OTEL_CONFIG_FILE is '" + path + "': it cannot be read: " + e.getMessage()));
    }
  }

  /** What the SDK, or a check of the agent's, says against the file. */
  ConfigException refused(RuntimeException e) {
    List<String> reasons =
        e instanceof ConfigException own ? own.problems() : List.of(SdkRefusal.reasons(e));
    return new ConfigException(reasons.stream().map(reason -> path + ": " + reason).toList());
  }

  /** The model of the file. It can be used once, because building an SDK changes it. */
  OpenTelemetryConfigurationModel model() {
    return model;
  }

  private void findTargets() {
    if (model.getTracerProvider() != null && model.getTracerProvider().getProcessors() != null) {
      model.getTracerProvider().getProcessors().forEach(this::findTarget);
    }
    if (model.getMeterProvider() != null && model.getMeterProvider().getReaders() != null) {
      model.getMeterProvider().getReaders().forEach(this::findTarget);
    }
  }

  private void findTarget(SpanProcessorModel processor) {
    SpanExporterModel exporter =
        processor.getBatch() != null
            ? processor.getBatch().getExporter()
            : processor.getSimple() != null ? processor.getSimple().getExporter() : null;
    if (exporter != null && exporter.getOtlpGrpc() != null) {
      add(Signal.TRACES, GRPC, exporter.getOtlpGrpc().getEndpoint());
    } else if (exporter != null && exporter.getOtlpHttp() != null) {
      add(Signal.TRACES, HTTP, exporter.getOtlpHttp().getEndpoint());
    }
  }

  private void findTarget(MetricReaderModel reader) {
    if (reader.getPull() != null) {
      scraped.add(scrapeUrl(reader.getPull().getExporter()));
    }
    PushMetricExporterModel exporter =
        reader.getPeriodic() == null ? null : reader.getPeriodic().getExporter();
    if (exporter != null && exporter.getOtlpGrpc() != null) {
      add(Signal.METRICS, GRPC, exporter.getOtlpGrpc().getEndpoint());
    } else if (exporter != null && exporter.getOtlpHttp() != null) {
      add(Signal.METRICS, HTTP, exporter.getOtlpHttp().getEndpoint());
    }
  }

  private static ScrapeUrl scrapeUrl(@Nullable PullMetricExporterModel exporter) {
    var prometheus = exporter == null ? null : exporter.getPrometheusDevelopment();
    String host = prometheus == null ? null : prometheus.getHost();
    Integer port = prometheus == null ? null : prometheus.getPort();
    return new ScrapeUrl(
        host == null ? ScrapeUrl.DEFAULT_HOST : host,
        port == null ? ScrapeUrl.DEFAULT_PORT : port.toString());
  }

  private void add(Signal signal, String protocol, @Nullable String endpoint) {
    String fallback = protocol.equals(GRPC) ? DEFAULT_GRPC : DEFAULT_HTTP;
    targets.add(new Target(signal, protocol, endpoint == null ? fallback : endpoint));
  }

  /** The number of exporters of spans. */
  int spanExporters() {
    return (int) targets.stream().filter(target -> target.signal() == Signal.TRACES).count();
  }

  /** Where signals go; URLs that cannot be parsed are left out. */
  List<Endpoint> endpoints() {
    return targets.stream()
        .flatMap(target -> BackendUrl.parse(target.url()).stream().map(url -> at(target, url)))
        .toList();
  }

  private Endpoint at(Target target, BackendUrl url) {
    return new Endpoint(target.signal().lower(), url, path.toString());
  }

  /** What is exported and where to, in one line. */
  String describe() {
    if (targets.isEmpty() && scraped.isEmpty()) {
      return "exporting nothing, since " + path + " has no exporter";
    }
    return Stream.of(Signal.values()).map(this::describe).collect(Collectors.joining(", "))
        + " (by "
        + path
        + ")";
  }

  private String describe(Signal signal) {
    List<String> all =
        targets.stream().filter(target -> target.signal() == signal).map(Target::toString).toList();
    String prefix = signal == Signal.TRACES ? "exporting " : "";
    String name = signal.lower();
    if (signal == Signal.METRICS && !scraped.isEmpty()) {
      String urls = scraped.stream().map(ScrapeUrl::toString).collect(Collectors.joining(" and "));
      return name + (all.isEmpty() ? "" : overAll(all) + " and") + " for Prometheus at " + urls;
    }
    return prefix + (all.isEmpty() ? "no " + name : name + overAll(all));
  }

  private static String overAll(List<String> targets) {
    return " over " + String.join(" and over ", targets);
  }

  /** Warnings for the user, one sentence each. */
  List<String> warnings(ExporterSelection selection) {
    List<String> all = new ArrayList<>(warnings);
    Set<String> ignored = selection.ignored(content);
    if (!ignored.isEmpty()) {
      all.add(
          "OTEL_CONFIG_FILE is set, so these variables have no effect: "
              + String.join(", ", ignored)
              + " (the file can refer to them as ${NAME})");
    }
    return all;
  }
}
