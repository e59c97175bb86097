package io.netspan.it;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;
import static org.junit.platform.commons.support.AnnotationSupport.findAnnotation;
import static org.junit.platform.commons.support.AnnotationSupport.isAnnotated;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedElement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Evaluates {@link RequiresRoot} and {@link RequiresProgram}. With {@code -Dkernel.tests=required}
 * no test is skipped: one whose requirements are missing fails.
 */
final class Requirements implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    AnnotatedElement element = context.getElement().orElseThrow();
    if (System.getProperty("kernel.tests", "").equals("required")) {
      return enabled("-Dkernel.tests=required");
    }
    if (isAnnotated(element, RequiresRoot.class) && !isRoot()) {
      return disabled("needs root: it loads programs into the kernel");
    }
    List<String> missing =
        findAnnotation(element, RequiresProgram.class).stream()
            .flatMap(programs -> Arrays.stream(programs.value()))
            .filter(program -> !isInstalled(program))
            .toList();
    return missing.isEmpty()
        ? enabled("all is there")
        : disabled("needs " + String.join(", ", missing) + ", not found on the PATH");
  }

  static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isInstalled(String program) {
    return find(program).isPresent();
  }

  /** Searches the PATH for a program, and then where Debian has those of PostgreSQL. */
  static Optional<Path> find(String program) {
    return Stream.concat(
            Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(Path::of),
            databases())
        .map(folder -> folder.resolve(program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Stream<Path> databases() {
    File[] versions = new File("/usr/lib/postgresql").listFiles();
    return Stream.of(versions == null ? new File[0] : versions)
        .map(version -> version.toPath().resolve("bin"));
  }
}
