package io.netspan.receiver.export;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of an attempt to send: either an answer or an error.
 *
 * @param <A> the type of the answer
 * @param again whether another attempt may succeed
 * @param delay the delay that the backend asks for before the next attempt, if it does
 */
record Outcome<A>(
    @Nullable A answer, @Nullable Throwable error, boolean again, Optional<Duration> delay) {

  static <A> Outcome<A> answered(A answer, boolean again, Optional<Duration> delay) {
    return new Outcome<>(answer, null, again, delay);
  }

  static <A> Outcome<A> failed(Throwable error, boolean again) {
    return new Outcome<>(null, error, again, Optional.empty());
  }
}
