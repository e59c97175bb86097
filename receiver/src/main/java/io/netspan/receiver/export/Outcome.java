package io.netspan.receiver.export;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt to send came to: an answer or an error, one of them.
 *
 * @param <A> the answer
 * @param again whether another attempt may go better
 * @param delay how long the backend wants to be left alone, if it says so
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
