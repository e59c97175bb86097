package io.netspan.enrich.container;

import java.io.IOException;

/** A runtime did not say what it was asked, and why is known. */
public final class RuntimeFailure extends IOException {
  private static final long serialVersionUID = 1;

  private final RuntimeProblem problem;

  public RuntimeFailure(RuntimeProblem problem, String detail) {
    super(detail);
    this.problem = problem;
  }

  public RuntimeFailure(RuntimeProblem problem, Throwable cause) {
    super(cause.toString(), cause);
    this.problem = problem;
  }

  public RuntimeProblem problem() {
    return problem;
  }
}
