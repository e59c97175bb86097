package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netspan.it.backend.RequiresBackends;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code make demo} shows what its shop did, and leaves nothing behind. */
@RequiresRoot
@RequiresProgram({"ip", "unshare", "setsid", "setpriv", "nginx", "curl"})
@RequiresBackends
class DemoTest {
  private static final String AGREES =
      "netspan and Jaeger counted what the shop's programs counted.";

  @TempDir private Path folder;

  @Test
  void everyAnswerIsWhatTheShopCounted() throws Exception {
    DemoProcess.Place place;
    try (DemoProcess demo = DemoProcess.start(folder, "demo", 40)) {
      place = demo.place();
      assertThat(place.namespace()).isNotEqualTo(DemoProcess.namespaceOf(Path.of("/proc/self")));
      demo.awaitOutput("The shop is open");
      assertThat(place.processes()).hasSizeGreaterThan(8);

      assertThat(demo.ended()).as(demo.output()).isZero();
      assertThat(demo.output()).contains(AGREES).contains("orders         mail ");
    }
    assertNothingIsLeftOf(place);
    new DemoAnswers(report("demo")).check();
  }

  /** The second one's services have other names, since both agents see the whole machine. */
  @Test
  void twoAtTheSameTime() throws Exception {
    List<DemoProcess.Place> places = new ArrayList<>();
    try (DemoProcess one = DemoProcess.start(folder, "one", 12)) {
      places.add(one.place());
      try (DemoProcess two = DemoProcess.start(folder, "two", 12)) {
        places.add(two.place());
        for (DemoProcess demo : List.of(one, two)) {
          assertThat(demo.ended()).as(demo.output()).isZero();
          assertThat(demo.output()).contains(AGREES);
        }
      }
    }
    assertThat(places.getFirst().folder()).isNotEqualTo(places.getLast().folder());
    for (DemoProcess.Place place : places) {
      assertNothingIsLeftOf(place);
    }
    assertThat(report("one").path("ledger")).isNotEqualTo(report("two").path("ledger"));
  }

  @ParameterizedTest
  @CsvSource({
    "INT, its files in, 130",
    "INT, Starting Prometheus, 130",
    "TERM, Starting the shop, 143",
    "HUP, Starting netspan, 129",
    "INT, The shop is open, 130",
  })
  void stopsAtAnyMoment(String signal, String moment, int exitCode) throws Exception {
    DemoProcess.Place place;
    try (DemoProcess demo = DemoProcess.start(folder, "stopped", 60)) {
      place = demo.place();
      demo.awaitOutput(moment);
      demo.signal(signal);
      assertThat(demo.ended()).as(demo.output()).isEqualTo(exitCode);
      assertThat(demo.output()).doesNotContain("Exception", "error:");
    }
    assertNothingIsLeftOf(place);
  }

  /** What a killed demo leaves is its folder, which the next one removes. */
  @Test
  void programsEndWithADemoThatIsKilled() throws Exception {
    DemoProcess.Place place;
    try (DemoProcess demo = DemoProcess.start(folder, "killed", 60)) {
      place = demo.place();
      demo.awaitOutput("The shop is open");
      demo.signal("KILL");
      await("the programs' end")
          .atMost(Duration.ofSeconds(60))
          .until(() -> place.processes().isEmpty());
    }
    assertThat(place.folder()).isDirectory();
    try (DemoProcess next = DemoProcess.start(folder, "next", 60)) {
      assertThat(next.place().folder()).isEqualTo(place.folder());
    }
    assertThat(place.folder()).doesNotExist();
  }

  private static void assertNothingIsLeftOf(DemoProcess.Place place) throws IOException {
    assertThat(place.folder()).doesNotExist();
    assertThat(place.processes()).isEmpty(); // so the namespace and its ports are gone, too
    assertThat(Path.of("/run/netns").toFile().list())
        .satisfiesAnyOf(
            names -> assertThat(names).isNull(),
            names -> assertThat(names).noneMatch(name -> name.contains("demo")));
  }

  private JsonNode report(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(name + ".json").toFile());
  }
}
