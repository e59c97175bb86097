package io.netspan.enrich.docker;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.netspan.enrich.container.ContainerDetails;
import io.netspan.enrich.container.ContainerImage;
import io.netspan.enrich.container.RuntimeApi;
import io.netspan.enrich.container.RuntimeEvents;
import io.netspan.enrich.container.RuntimeFailure;
import io.netspan.enrich.json.BoundedInput;
import io.netspan.enrich.json.Json;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Docker's Engine API. Paths have no version, which stands for the newest that the daemon has: what
 * is read here is the same in all of them.
 */
public final class DockerApi implements RuntimeApi {
  static final int LARGEST_ANSWER = 8 << 20;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);
  private static final Duration STREAM_WITHIN = Duration.ofSeconds(5);
  private static final long NANOS = 1_000_000_000;

  /** Docker ignores the words that are podman's, and the other way round. */
  private static final String FILTERS =
      """
      {"type":["container","image"],"event":["create","start","rename",\
      "tag","untag","delete","remove","pull","load","loadfromarchive","import","build"]}""";

  private final Path socket;
  private final Predicate<String> wanted;
  private final Duration within;
  private final Duration streamWithin;
  private long since;
  private volatile @Nullable HttpAnswer stream;

  /** An API of which nothing was asked yet. */
  public DockerApi(Path socket, Predicate<String> wantedLabels) {
    this(socket, wantedLabels, ANSWER_WITHIN, STREAM_WITHIN);
  }

  /**
   * As {@link #DockerApi(Path, Predicate)}.
   *
   * @param within the longest time for an answer
   * @param streamWithin the longest time until events may come
   */
  DockerApi(Path socket, Predicate<String> wantedLabels, Duration within, Duration streamWithin) {
    this.socket = socket;
    this.wanted = wantedLabels;
    this.within = within;
    this.streamWithin = streamWithin;
    this.since = now();
  }

  private static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * NANOS + now.getNano();
  }

  /**
   * Asks for the events since the last one that was read as well; the daemon remembers the last few
   * hundred.
   */
  @Override
  public void watch(RuntimeEvents to) throws IOException {
    String from = "%d.%09d".formatted(since / NANOS, since % NANOS);
    DockerEvents events = new DockerEvents(wanted, to, since);
    try (HttpAnswer answer =
        HttpAnswer.get(
            socket, "/events?since=" + from + "&filters=" + encoded(FILTERS), streamWithin)) {
      stream = answer;
      answer.requireFound();
      answer.takeYourTime();
      to.opened();
      events.read(answer.body());
    } catch (RuntimeFailure e) {
      events.skipTo(now()); // What cannot be understood is not asked for again.
      throw e;
    } finally {
      since = Math.min(events.lastNanos(), now());
    }
  }

  @Override
  public @Nullable ContainerDetails container(String id) throws IOException {
    try (HttpAnswer answer = get("/containers/" + encoded(id) + "/json")) {
      return answer.isFound() ? inspected(answer, id) : null;
    }
  }

  @Override
  public @Nullable ContainerImage image(String reference) throws IOException {
    // The slashes of the name are part of the path.
    try (HttpAnswer answer = get("/images/" + encoded(reference).replace("%2F", "/") + "/json")) {
      return answer.isFound() ? image(answer) : null;
    }
  }

  private HttpAnswer get(String path) throws IOException {
    return HttpAnswer.get(socket, path, within);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private ContainerDetails inspected(HttpAnswer answer, String id) throws IOException {
    Inspected read = new Inspected();
    read(answer, read::take);
    // Docker begins a name with a slash.
    String name = read.name.startsWith("/") ? read.name.substring(1) : read.name;
    String image = read.image.isEmpty() ? read.imageId : read.image;
    return new ContainerDetails(
        id, name, image, read.imageId.isEmpty() ? null : read.imageId, read.labels, null);
  }

  /** What is wanted of the description of a container. */
  private final class Inspected {
    private String name = "";
    private String image = "";
    private String imageId = "";
    private Map<String, String> labels = Map.of();

    void take(String member, JsonParser value) throws IOException {
      switch (member) {
        case "Name" -> name = Json.text(value);
        case "Image" -> imageId = Json.text(value);
        case "Config" -> Json.members(value, this::takeOfConfig);
        default -> value.skipChildren();
      }
    }

    private void takeOfConfig(String member, JsonParser value) throws IOException {
      switch (member) {
        case "Image" -> image = Json.text(value);
        case "Labels" -> labels = Json.labels(value, wanted);
        default -> value.skipChildren();
      }
    }
  }

  private static ContainerImage image(HttpAnswer answer) throws IOException {
    ImageMembers read = new ImageMembers();
    read(answer, read::take);
    return new ContainerImage(read.id, read.names, read.digests);
  }

  private static final class ImageMembers {
    private String id = "";
    private List<String> names = List.of();
    private List<String> digests = List.of();

    void take(String member, JsonParser value) throws IOException {
      switch (member) {
        case "Id" -> id = Json.text(value);
        case "RepoTags" -> names = Json.texts(value, ContainerImage.MOST_NAMES);
        case "RepoDigests" -> digests = Json.texts(value, ContainerImage.MOST_NAMES);
        default -> value.skipChildren();
      }
    }
  }

  private static void read(HttpAnswer answer, Json.Member to) throws IOException {
    try (JsonParser parser = Json.parser(new BoundedInput(answer.body(), LARGEST_ANSWER))) {
      parser.nextToken();
      Json.members(parser, to);
    } catch (JsonProcessingException e) {
      throw Json.failure(e);
    }
  }

  @Override
  public void close() {
    HttpAnswer open = stream;
    if (open != null) {
      open.close();
    }
  }
}
