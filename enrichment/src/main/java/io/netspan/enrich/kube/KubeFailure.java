package io.netspan.enrich.kube;

import io.netspan.enrich.container.RuntimeFailure;
import io.netspan.enrich.container.RuntimeProblem;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLHandshakeException;

/** The API did not say what it was asked, and why is known. */
final class KubeFailure extends IOException {
  private static final long serialVersionUID = 1;

  private final KubeProblem problem;

  KubeFailure(KubeProblem problem, String detail) {
    super(detail);
    this.problem = problem;
  }

  KubeFailure(KubeProblem problem, String detail, Throwable cause) {
    super(detail, cause);
    this.problem = problem;
  }

  KubeProblem problem() {
    return problem;
  }

  /** What asking or reading threw, as a failure. */
  static KubeFailure of(Throwable thrown) {
    if (thrown instanceof KubeFailure known) {
      return known;
    }
    String message = thrown.getMessage();
    return new KubeFailure(
        problemOf(thrown), message == null ? thrown.getClass().getSimpleName() : message, thrown);
  }

  private static KubeProblem problemOf(Throwable thrown) {
    return switch (thrown) {
      case RuntimeFailure json when json.problem() == RuntimeProblem.TOO_LARGE ->
          KubeProblem.TOO_LARGE;
      case RuntimeFailure _ -> KubeProblem.MALFORMED;
      case ConnectException _, UnknownHostException _, UnresolvedAddressException _ ->
          KubeProblem.UNREACHABLE;
      case HttpTimeoutException _ -> KubeProblem.SLOW;
      case SSLHandshakeException _ -> KubeProblem.UNTRUSTED;
      case IOException _ -> KubeProblem.CLOSED;
      default -> KubeProblem.MALFORMED;
    };
  }
}
