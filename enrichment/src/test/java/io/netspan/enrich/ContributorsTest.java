package io.netspan.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ServiceName.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

final class ContributorsTest {
  private static final ProcessFacts FACTS = ProcessFacts.unknown(new ProcessKey(7, 70));
  private static final ProcessIdentity BASE = ProcessIdentity.of(FACTS);

  private final List<String> log = new ArrayList<>();

  private final class Fake implements Contributor {
    private final String name;
    private final Function<ProcessIdentity, Contribution> answer;

    Fake(String name, Function<ProcessIdentity, Contribution> answer) {
      this.name = name;
      this.answer = answer;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void start(Consumer<Predicate<ProcessIdentity>> changed) {
      log.add(name + " started");
    }

    @Override
    public Contribution contribute(ProcessIdentity known) {
      return answer.apply(known);
    }

    @Override
    public void close() {
      log.add(name + " closed");
    }
  }

  private Contributor knows(String name, PartialIdentity identity) {
    return new Fake(name, _ -> Contribution.of(identity));
  }

  private static PartialIdentity service(String name, Source source) {
    return PartialIdentity.of(new ServiceName(name, source));
  }

  private static PartialIdentity container(String id, String runtime) {
    return new PartialIdentity(
        null, List.of(), null, new Container(id, runtime), null, null, Map.of());
  }

  private static ProcessIdentity complete(ProcessIdentity base, Contributor... byPrecedence) {
    return Contributors.of(List.of(byPrecedence)).complete(base).identity();
  }

  @Test
  void theFirstContributorThatKnowsWins() {
    ProcessIdentity identity =
        complete(
            BASE,
            knows("a", PartialIdentity.of(Map.of("x", "a"))),
            knows("b", PartialIdentity.of(Map.of("x", "b", "y", "b"))),
            knows("c", PartialIdentity.of(Map.of("y", "c", "z", "c"))));

    assertThat(identity.attributes())
        .containsOnly(Map.entry("x", "a"), Map.entry("y", "b"), Map.entry("z", "c"));
  }

  @Test
  void theSurerSourceNamesTheService() {
    ProcessIdentity base = BASE.completedBy(service("java", Source.EXECUTABLE));
    Contributor runtime = knows("runtime", service("shop-1", Source.CONTAINER));
    Contributor other = knows("other", service("shop-2", Source.CONTAINER));

    assertThat(complete(base, knows("weak", service("x", Source.EXECUTABLE))).service().name())
        .isEqualTo("java");
    assertThat(complete(base, runtime, other).service())
        .isEqualTo(new ServiceName("shop-1", Source.CONTAINER));
    assertThat(
            complete(
                    BASE.completedBy(
                        PartialIdentity.of(
                            new ServiceName("own", Source.OTEL_SETTINGS, null, "i", "1"))),
                    runtime)
                .service())
        .isEqualTo(new ServiceName("own", Source.OTEL_SETTINGS, null, "i", "1"));
  }

  @Test
  void namespaceInstanceAndVersionComeFromAnySource() {
    ProcessIdentity base =
        BASE.completedBy(
            PartialIdentity.of(new ServiceName("java", Source.EXECUTABLE, "prod", null, null)));
    Contributor runtime =
        knows(
            "runtime",
            PartialIdentity.of(new ServiceName("shop", Source.CONTAINER, "other", "i-1", null)));

    assertThat(complete(base, runtime).service())
        .isEqualTo(new ServiceName("shop", Source.CONTAINER, "prod", "i-1", null));
  }

  @Test
  void aContainerGetsItsRuntimeFromAContributorThatKnowsIt() {
    ProcessIdentity base =
        BASE.completedBy(
            new PartialIdentity(
                null, List.of(), null, new Container("c1", null), null, null, Map.of()));

    assertThat(complete(base, knows("a", container("c2", "podman"))).container())
        .isEqualTo(new Container("c1", null));
    assertThat(complete(base, knows("a", container("c1", "podman"))).container())
        .isEqualTo(new Container("c1", "podman"));
    assertThat(complete(BASE, knows("a", container("c2", "podman"))).container())
        .isEqualTo(new Container("c2", "podman"));
  }

  @Test
  void eachSeesWhatThoseBeforeItKnow() {
    Contributor runtime = knows("runtime", container("c1", "docker"));
    Contributor orchestrator =
        new Fake(
            "orchestrator",
            known ->
                Contribution.of(
                    PartialIdentity.of(
                        Map.of("of", known.container() == null ? "-" : known.container().id()))));

    assertThat(complete(BASE, runtime, orchestrator).attributes()).containsEntry("of", "c1");
    assertThat(complete(BASE, orchestrator, runtime).attributes()).containsEntry("of", "-");
  }

  @Test
  void aFailingContributorIsCountedAndTheOthersAreAsked() {
    Contributors contributors =
        Contributors.of(
            List.of(
                new Fake(
                    "broken",
                    _ -> {
                      throw new IllegalStateException("no socket");
                    }),
                knows("sound", PartialIdentity.of(Map.of("x", "1")))));
    for (int i = 0; i < 3; i++) {
      assertThat(contributors.complete(BASE))
          .isEqualTo(
              new Contributors.Completed(
                  BASE.completedBy(PartialIdentity.of(Map.of("x", "1"))), false));
    }

    assertThat(contributors.failures()).containsExactly(new Contributors.Failures("broken", 3));
  }

  @Test
  @SuppressWarnings("NullAway") // A contributor that breaks its contract.
  void noAnswerAndAClassThatIsMissingAreFailuresToo() {
    Contributors contributors =
        Contributors.of(
            List.of(
                new Fake("silent", _ -> null),
                new Fake(
                    "incomplete",
                    _ -> {
                      throw new NoClassDefFoundError("io/example/Client");
                    }),
                knows("sound", PartialIdentity.of(Map.of("x", "1")))));

    assertThat(contributors.complete(BASE).identity().attributes()).containsEntry("x", "1");
    assertThat(contributors.failures())
        .containsExactly(
            new Contributors.Failures("silent", 1), new Contributors.Failures("incomplete", 1));
  }

  @Test
  void aContributorThatCannotStartOrStopDoesNotKeepTheOthersFromIt() {
    Contributor broken =
        new Contributor() {
          @Override
          public String name() {
            return "broken";
          }

          @Override
          public void start(Consumer<Predicate<ProcessIdentity>> changed) {
            throw new IllegalStateException("no socket");
          }

          @Override
          public Contribution contribute(ProcessIdentity known) {
            return Contribution.NOTHING;
          }

          @Override
          public void close() {
            throw new IllegalStateException("never started");
          }
        };
    Contributors contributors =
        Contributors.of(
            List.of(
                knows("a", PartialIdentity.NOTHING), broken, knows("c", PartialIdentity.NOTHING)));
    contributors.start(_ -> {});
    contributors.close();

    assertThat(log).containsExactly("a started", "c started", "c closed", "a closed");
    assertThat(contributors.failures()).containsExactly(new Contributors.Failures("broken", 2));
  }

  @Test
  void onePendingContributionMakesTheIdentityPending() {
    Contributor pending = new Fake("slow", _ -> Contribution.PENDING);
    Contributor known = knows("sound", PartialIdentity.of(Map.of("x", "1")));

    assertThat(Contributors.of(List.of(pending, known)).complete(BASE).pending()).isTrue();
    assertThat(Contributors.of(List.of(known)).complete(BASE).pending()).isFalse();
    assertThat(Contributors.NONE.complete(BASE)).isEqualTo(new Contributors.Completed(BASE, false));
  }

  @Test
  void theyAreStartedInOrderAndClosedInReverse() {
    try (Contributors contributors =
        Contributors.of(
            List.of(knows("a", PartialIdentity.NOTHING), knows("b", PartialIdentity.NOTHING)))) {
      contributors.start(_ -> {});
    }

    assertThat(log).containsExactly("a started", "b started", "b closed", "a closed");
  }

  @Test
  void hostileTextsAreHarmlessAndBounded() {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("escape", "\u001b[31mred");
    labels.put("long", "x".repeat(1 << 20));
    labels.put("", "no name");
    labels.put("empty", "");
    labels.put("b\nc", "a control character");
    labels.put("\u00fcber", "not ASCII");
    labels.put("k".repeat(256), "too long");
    for (int i = 0; i < 1_003; i++) {
      labels.put("label-" + i, "v");
    }
    ProcessIdentity identity =
        complete(
            BASE,
            knows("labels", PartialIdentity.of(labels)),
            knows("names", service("n\n".repeat(1_000), Source.CONTAINER)),
            knows("containers", container("c\u202e", "r".repeat(10_000))));

    assertThat(identity.attributes())
        .hasSize(PartialIdentity.MOST_ATTRIBUTES)
        .containsEntry("escape", "\uFFFD[31mred")
        .doesNotContainKeys("", "empty", "b\nc", "\uFFFD", "\u00fcber", "k".repeat(255));
    assertThat(identity.attributes().get("long")).hasSize(PartialIdentity.LONGEST_VALUE);
    assertThat(identity.service().name()).hasSize(255).doesNotContain("\n");
    assertThat(identity.container()).isEqualTo(new Container("c\uFFFD", "r".repeat(255)));
    assertThat(identity.weight()).isLessThan(1 << 17);
  }
}
