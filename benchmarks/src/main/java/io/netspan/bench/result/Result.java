package io.netspan.bench.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A run of the benchmark, as it is stored.
 *
 * @param format of the file; one of another format is refused
 * @param machine what describes the machine, by name
 * @param settings of the run, by name
 * @param measures by workload
 * @param missing contenders that were not measured, with the reason
 * @param warnings why the figures may not be right
 */
public record Result(
    int format,
    String started,
    Map<String, String> machine,
    Map<String, String> settings,
    Map<String, List<Measured>> measures,
    List<String> missing,
    List<String> warnings,
    List<Sample> samples) {

  /** The format that this version reads and writes. */
  public static final int FORMAT = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  /** A measure in the file; {@code reference} is empty for none. */
  public record Measured(String table, String name, String title, int digits, String reference) {
    public static Measured of(Measure measure) {
      return new Measured(
          measure.table(),
          measure.name(),
          measure.title(),
          measure.digits(),
          measure.reference().orElse(""));
    }
  }

  /** Writes the file, in the place of one that is there. */
  public void write(Path file) throws IOException {
    Files.writeString(file, JSON.writeValueAsString(this) + "\n");
  }

  /**
   * Reads a file.
   *
   * @throws IOException with a message for the user, if it is not a result of this format
   */
  public static Result read(Path file) throws IOException {
    Result result;
    try {
      result = JSON.readValue(Files.readString(file), Result.class);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + " is not a result of make bench-agent: " + e.getOriginalMessage(), e);
    }
    if (result.format != FORMAT) {
      throw new IOException(
          file + " has format " + result.format + ", but this version compares format " + FORMAT);
    }
    if (result.samples == null || result.measures == null || result.machine == null) {
      throw new IOException(file + " is not a complete result of make bench-agent");
    }
    return result;
  }

  /** Returns the contenders of a workload in the order in which they ran. */
  List<String> contenders(String workload) {
    return samples.stream()
        .filter(sample -> sample.workload().equals(workload))
        .map(Sample::contender)
        .distinct()
        .toList();
  }

  /** Returns the figures of a contender by round. */
  Map<Integer, Double> figures(String workload, String contender, String measure) {
    return samples.stream()
        .filter(sample -> sample.workload().equals(workload))
        .filter(sample -> sample.contender().equals(contender))
        .filter(sample -> sample.figures().containsKey(measure))
        .collect(
            Collectors.toMap(
                Sample::round, sample -> Objects.requireNonNull(sample.figures().get(measure))));
  }

  /** Returns whether something else ran during a measurement of this contender. */
  boolean isDisturbed(String workload, String contender) {
    return samples.stream()
        .anyMatch(
            sample ->
                sample.workload().equals(workload)
                    && sample.contender().equals(contender)
                    && !sample.disturbances().isEmpty());
  }
}
