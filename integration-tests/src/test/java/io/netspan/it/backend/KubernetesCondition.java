package io.netspan.it.backend;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides on {@link RequiresKubernetes}. */
final class KubernetesCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (Programs.mustRun()) {
      return enabled("no test may be skipped: without the API server it fails");
    }
    String missing = Programs.kubernetes().missing();
    return missing.isEmpty()
        ? enabled("it is built")
        : disabled("needs the Kubernetes API server; " + missing);
  }
}
