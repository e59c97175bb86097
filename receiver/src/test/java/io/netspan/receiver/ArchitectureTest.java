package io.netspan.receiver;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.foreign.Linker;
import java.net.URL;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.LogManager;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Checks the dependency rules of ARCHITECTURE.md against the classes of all modules. */
final class ArchitectureTest {
  /** A new package has to be added here, and to the rules below that apply to it. */
  private static final List<String> PACKAGES =
      List.of(
          "io.netspan.bpf",
          "io.netspan.bpf.btf",
          "io.netspan.bpf.object",
          "io.netspan.bpf.ring",
          "io.netspan.bpf.sys",
          "io.netspan.config",
          "io.netspan.config.env",
          "io.netspan.enrich",
          "io.netspan.enrich.cgroup",
          "io.netspan.enrich.container",
          "io.netspan.enrich.cri",
          "io.netspan.enrich.docker",
          "io.netspan.enrich.json",
          "io.netspan.enrich.kube",
          "io.netspan.enrich.name",
          "io.netspan.enrich.proc",
          "io.netspan.enrich.secret",
          "io.netspan.linux",
          "io.netspan.linux.clock",
          "io.netspan.linux.fd",
          "io.netspan.linux.sockdiag",
          "io.netspan.receiver",
          "io.netspan.receiver.agent",
          "io.netspan.receiver.cli",
          "io.netspan.receiver.conntrack",
          "io.netspan.receiver.export",
          "io.netspan.receiver.kernel",
          "io.netspan.receiver.net",
          "io.netspan.receiver.otlp",
          "io.netspan.receiver.output",
          "io.netspan.receiver.pair",
          "io.netspan.receiver.poll",
          "io.netspan.receiver.replay",
          "io.netspan.receiver.slice",
          "io.netspan.receiver.source",
          "io.netspan.receiver.tcp",
          "io.netspan.receiver.telemetry",
          "io.netspan.receiver.udp",
          "io.netspan.receiver.wire",
          "io.netspan.receiver.workload");

  private static final List<String> IMPURE =
      List.of("io.opentelemetry.", "java.io.", "java.nio.file.");

  private static JavaClasses all;

  @BeforeAll
  static void importAllClassesButTheTests() {
    URL tests = ArchitectureTest.class.getProtectionDomain().getCodeSource().getLocation();
    all =
        new ClassFileImporter()
            .withImportOption(location -> !location.contains(tests.getPath()))
            .importPackages("io.netspan");
  }

  /** Without classes, every rule would hold. */
  @Test
  void allModulesAreImported() {
    assertThat(countIn("io.netspan.bpf")).isGreaterThan(30);
    assertThat(countIn("io.netspan.linux")).isGreaterThan(10);
    assertThat(countIn("io.netspan.enrich")).isGreaterThan(25);
    assertThat(countIn("io.netspan.config")).isGreaterThan(4);
    assertThat(countIn("io.netspan.receiver")).isGreaterThan(70);
    assertThat(all.stream().map(c -> c.getSimpleName()))
        .doesNotContain(ArchitectureTest.class.getSimpleName());
  }

  private static long countIn(String root) {
    return all.stream().filter(c -> (c.getPackageName() + ".").startsWith(root + ".")).count();
  }

  @Test
  void packagesOfTheReceiverAccessOnlyTheirLayers() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("net")
        .definedBy("io.netspan.receiver.net..")
        .layer("wire")
        .definedBy("io.netspan.receiver.wire..")
        .layer("source")
        .definedBy("io.netspan.receiver.source..")
        .layer("kernel")
        .definedBy("io.netspan.receiver.kernel..")
        .layer("poll")
        .definedBy("io.netspan.receiver.poll..")
        .layer("replay")
        .definedBy("io.netspan.receiver.replay..")
        .layer("workload")
        .definedBy("io.netspan.receiver.workload..")
        .layer("tcp")
        .definedBy("io.netspan.receiver.tcp..")
        .layer("udp")
        .definedBy("io.netspan.receiver.udp..")
        .layer("pair")
        .definedBy("io.netspan.receiver.pair..")
        .layer("conntrack")
        .definedBy("io.netspan.receiver.conntrack..")
        .layer("slice")
        .definedBy("io.netspan.receiver.slice..")
        .layer("telemetry")
        .definedBy("io.netspan.receiver.telemetry..")
        .layer("otlp")
        .definedBy("io.netspan.receiver.otlp..")
        .layer("export")
        .definedBy("io.netspan.receiver.export..")
        .layer("output")
        .definedBy("io.netspan.receiver.output..")
        .layer("agent")
        .definedBy("io.netspan.receiver.agent..")
        .layer("cli")
        .definedBy("io.netspan.receiver.cli..")
        .whereLayer("net")
        .mayNotAccessAnyLayer()
        .whereLayer("source")
        .mayNotAccessAnyLayer()
        .whereLayer("kernel")
        .mayOnlyAccessLayers("net", "wire", "workload", "tcp", "udp", "telemetry", "source")
        .whereLayer("kernel")
        .mayOnlyBeAccessedByLayers("agent")
        .whereLayer("poll")
        .mayOnlyAccessLayers("net", "workload", "tcp", "telemetry", "source")
        .whereLayer("poll")
        .mayOnlyBeAccessedByLayers("agent")
        .whereLayer("replay")
        .mayOnlyAccessLayers("wire", "tcp", "source")
        .whereLayer("replay")
        .mayOnlyBeAccessedByLayers("agent")
        .whereLayer("wire")
        .mayOnlyAccessLayers("net")
        .whereLayer("workload")
        .mayOnlyAccessLayers("wire")
        .whereLayer("tcp")
        .mayOnlyAccessLayers("net", "wire", "workload")
        .whereLayer("udp")
        .mayOnlyAccessLayers("net", "wire", "workload", "tcp")
        .whereLayer("pair")
        .mayOnlyAccessLayers("net", "workload", "tcp")
        .whereLayer("conntrack")
        .mayOnlyAccessLayers("net", "workload", "tcp", "pair", "source")
        .whereLayer("conntrack")
        .mayOnlyBeAccessedByLayers("agent")
        .whereLayer("slice")
        .mayOnlyAccessLayers("tcp", "udp")
        .whereLayer("telemetry")
        .mayOnlyAccessLayers("net", "workload", "tcp", "udp", "slice")
        .whereLayer("otlp")
        .mayOnlyAccessLayers("net", "telemetry")
        .whereLayer("otlp")
        .mayOnlyBeAccessedByLayers("export")
        .whereLayer("export")
        .mayOnlyAccessLayers("workload", "telemetry", "otlp")
        .whereLayer("output")
        .mayOnlyAccessLayers("workload", "tcp", "telemetry")
        .whereLayer("cli")
        .mayOnlyAccessLayers("agent", "output")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("agent")
        .mayOnlyBeAccessedByLayers("cli")
        .check(all);
  }

  @Test
  void noPackageIsInACycle() {
    slices().matching("io.netspan.(**)").should().beFreeOfCycles().check(all);
  }

  @Test
  void modulesDependOnlyOnAllowedModules() {
    knowsNothingOf("io.netspan.bpf..", "io.opentelemetry..", "io.netspan.enrich..");
    knowsNothingOf("io.netspan.bpf..", "io.netspan.config..", "io.netspan.receiver..");
    knowsNothingOf("io.netspan.linux..", "io.opentelemetry..", "io.netspan.enrich..");
    knowsNothingOf("io.netspan.linux..", "io.netspan.config..", "io.netspan.receiver..");
    knowsNothingOf("io.netspan.linux..", "io.netspan.bpf.object..", "io.netspan.bpf.ring..");
    knowsNothingOf("io.netspan.enrich..", "io.opentelemetry..", "io.netspan.bpf..");
    knowsNothingOf("io.netspan.enrich..", "io.netspan.config..", "io.netspan.receiver..");
    noClasses()
        .that()
        .resideInAPackage("io.netspan.config..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.netspan..").and(not(resideInAPackage("io.netspan.config.."))))
        .check(all);
  }

  private static void knowsNothingOf(String who, String... whom) {
    noClasses()
        .that()
        .resideInAPackage(who)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(whom)
        .check(all);
  }

  @Test
  void onlyPackagesThatAreCloseToTheKernelUseNativeMemory() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "io.netspan.bpf..",
            "io.netspan.linux..",
            "io.netspan.receiver.wire..",
            "io.netspan.receiver.kernel..",
            "io.netspan.receiver.replay..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(all);
    noClasses()
        .that()
        .resideOutsideOfPackage("io.netspan.bpf.sys..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .check(all);
  }

  /**
   * The package {@code workload} is missing from this list only because it waits for identities.
   */
  @Test
  void trackingUsesNoFilesClocksOrOpenTelemetry() {
    String[] tracking = {
      "io.netspan.receiver.net..",
      "io.netspan.receiver.wire..",
      "io.netspan.receiver.tcp..",
      "io.netspan.receiver.udp..",
      "io.netspan.receiver.pair..",
      "io.netspan.receiver.slice.."
    };
    noClasses()
        .that()
        .resideInAnyPackage(tracking)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.opentelemetry..", "java.io..", "java.nio.file..", "java.time..")
        .check(all);
    noClasses()
        .that()
        .resideInAnyPackage(tracking)
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(all);
  }

  /** Follows dependencies through other classes of this project as well. */
  @Test
  void trackingReachesNeitherFilesNorOpenTelemetry() {
    for (String start : List.of("net", "wire", "workload", "tcp", "udp", "pair", "slice")) {
      assertThat(impureReachedFrom("io.netspan.receiver." + start)).as(start).isEmpty();
    }
    assertThat(impureReachedFrom("io.netspan.receiver.telemetry"))
        .as("impure classes reached from telemetry, which shows that the search works")
        .isNotEmpty();
  }

  private static Set<String> impureReachedFrom(String start) {
    Set<String> impure = new TreeSet<>();
    Set<JavaClass> seen = new HashSet<>();
    Deque<JavaClass> next = new ArrayDeque<>(all.getPackage(start).getClassesInPackageTree());
    while (!next.isEmpty()) {
      JavaClass one = next.pop();
      if (seen.add(one)) {
        for (Dependency dependency : one.getDirectDependenciesFromSelf()) {
          JavaClass target = dependency.getTargetClass();
          String of = target.getPackageName() + ".";
          if (of.startsWith("io.netspan.")) {
            next.push(target);
          } else if (IMPURE.stream().anyMatch(of::startsWith)) {
            impure.add(one.getName() + " -> " + target.getName());
          }
        }
      }
    }
    return impure;
  }

  @Test
  void everyPackageIsListed() {
    TreeSet<String> found = new TreeSet<>();
    all.stream().map(JavaClass::getPackageName).forEach(found::add);

    assertThat(found).containsExactlyInAnyOrderElementsOf(PACKAGES);
  }

  @Test
  void onlyTheCommandLinePrints() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.netspan.receiver.cli..", "io.netspan.receiver.output..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(all);
    noClasses().should().callMethod(Throwable.class, "printStackTrace").check(all);
  }

  @Test
  void noClassHasANameSuchAsUtilOrManager() {
    for (String suffix : List.of("Util", "Utils", "Helper", "Helpers", "Manager")) {
      noClasses()
          .that(not(assignableTo(LogManager.class))) // a name of the JDK
          .should()
          .haveSimpleNameEndingWith(suffix)
          .check(all);
    }
  }

  @Test
  void everyPackageIsNullMarked() {
    TreeSet<String> unmarked = new TreeSet<>();
    all.getPackage("io.netspan")
        .traversePackageTree(
            each -> !each.getClasses().isEmpty(),
            (JavaPackage each) -> {
              if (!each.isAnnotatedWith(NullMarked.class)) {
                unmarked.add(each.getName());
              }
            });

    assertThat(unmarked).isEmpty();
  }
}
