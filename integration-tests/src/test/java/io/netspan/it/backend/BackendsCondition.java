package io.netspan.it.backend;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides on {@link RequiresBackends}. */
final class BackendsCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (Programs.mustRun()) {
      return enabled("no test may be skipped: without the backends it fails");
    }
    String missing = Programs.find().missing();
    return missing.isEmpty() ? enabled("all are built") : disabled("needs backends; " + missing);
  }
}
