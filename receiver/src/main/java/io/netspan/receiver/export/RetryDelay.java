package io.netspan.receiver.export;

import io.grpc.Metadata;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Reads the delay that a backend asks for before a retry. */
final class RetryDelay {
  private static final Metadata.Key<byte[]> STATUS_DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private static final String RETRY_INFO = "/google.rpc.RetryInfo";

  /** {@code google.rpc.Status}. */
  private static final int DETAILS = 3;

  /** {@code google.protobuf.Any}. */
  private static final int TYPE_URL = 1;

  private static final int VALUE = 2;

  /** {@code google.rpc.RetryInfo}. */
  private static final int DELAY = 1;

  /** {@code google.protobuf.Duration}. */
  private static final int SECONDS = 1;

  private static final int NANOS = 2;

  private static final Duration LONGEST = Duration.ofDays(1);
  private static final long NS_PER_S = 1_000_000_000;

  private RetryDelay() {}

  /** The header {@code Retry-After}: seconds, or a date. Empty if it is neither. */
  static Optional<Duration> retryAfter(String value, Instant now) {
    try {
      return Optional.of(bounded(Duration.ofSeconds(Long.parseLong(value.strip()))));
    } catch (NumberFormatException e) {
      // Not a number, so parse it as a date below.
    }
    try {
      Instant then =
          ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(bounded(Duration.between(now, then)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** {@code RetryInfo} in the details of a status; or gRPC's own header, which says the same. */
  static Optional<Duration> of(Metadata trailers) {
    byte[] details = trailers.get(STATUS_DETAILS);
    Optional<Duration> asked = details == null ? Optional.empty() : retryInfo(details);
    return asked.isPresent() ? asked : pushback(trailers);
  }

  private static Optional<Duration> pushback(Metadata trailers) {
    String value = trailers.get(PUSHBACK);
    try {
      return value == null
          ? Optional.empty()
          : Optional.of(Long.parseLong(value))
              .filter(ms -> ms >= 0)
              .map(ms -> bounded(Duration.ofMillis(ms)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Whether gRPC's own header forbids a retry. */
  static boolean isForbidden(Metadata trailers) {
    String value = trailers.get(PUSHBACK);
    return value != null && value.startsWith("-");
  }

  private static Optional<Duration> retryInfo(byte[] status) {
    ProtoFields fields = new ProtoFields(status);
    while (fields.next()) {
      if (fields.number() == DETAILS) {
        String type = "";
        byte[] value = {};
        ProtoFields any = fields.message();
        while (any.next()) {
          switch (any.number()) {
            case TYPE_URL -> type = any.text();
            case VALUE -> value = any.content();
            default -> {}
          }
        }
        if (type.endsWith(RETRY_INFO)) {
          return Optional.of(delay(new ProtoFields(value)));
        }
      }
    }
    return Optional.empty();
  }

  /** The delay of a {@code RetryInfo}; without one it is 0, which means at once. */
  private static Duration delay(ProtoFields info) {
    long seconds = 0;
    long nanos = 0;
    while (info.next()) {
      if (info.number() == DELAY) {
        ProtoFields duration = info.message();
        while (duration.next()) {
          switch (duration.number()) {
            case SECONDS -> seconds = Math.clamp(duration.varint(), 0, LONGEST.toSeconds());
            case NANOS -> nanos = Math.clamp(duration.varint(), 0, NS_PER_S);
            default -> {}
          }
        }
      }
    }
    return bounded(Duration.ofSeconds(seconds, nanos));
  }

  private static Duration bounded(Duration delay) {
    if (delay.isNegative()) {
      return Duration.ZERO;
    }
    return delay.compareTo(LONGEST) < 0 ? delay : LONGEST;
  }
}
