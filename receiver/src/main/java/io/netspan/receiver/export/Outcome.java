package io.netspan.receiver.export;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of an attempt to send: either an answer or an error.
 *
 * @param <A> the type of the answer
 * @param problem why the backend did not take the request; empty if it did
 * @param again whether another attempt may succeed
 * @param delay the delay that the backend asks for before the next attempt, if it does
 */
record Outcome<A>(
    @Nullable A answer,
    @Nullable Throwable error,
    String problem,
    boolean again,
    Optional<Duration> delay) {

  static <A> Outcome<A> accepted(A answer) {
    return new Outcome<>(answer, null, "", false, Optional.empty());
  }

  static <A> Outcome<A> refused(A answer, String problem, boolean again, Optional<Duration> delay) {
    return new Outcome<>(answer, null, problem, again, delay);
  }

  static <A> Outcome<A> failed(Throwable error, boolean again) {
    return new Outcome<>(null, error, error.toString(), again, Optional.empty());
  }

  boolean isAccepted() {
    return problem.isEmpty();
  }
}
