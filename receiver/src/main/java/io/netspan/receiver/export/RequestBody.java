package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a request, made once, on the thread that called {@code send()}. The SDK reuses its
 * marshaler and the spans as soon as it no longer waits for the result, even if further attempts
 * follow.
 */
final class RequestBody {
  private static final ScopedValue<byte[]> ENCODED = ScopedValue.newInstance();

  private RequestBody() {}

  /** Runs an export, whose request is made by this thread, and has these bytes. */
  static <T> T with(byte[] encoded, Supplier<T> export) {
    return ScopedValue.where(ENCODED, encoded).call(export::get);
  }

  /** The request of the export that this thread runs: what the message writes, if no bytes are. */
  static byte[] of(MessageWriter message, @Nullable Compressor compressor) throws IOException {
    byte[] encoded = ENCODED.isBound() ? ENCODED.get() : null;
    if (encoded != null && compressor == null) {
      return encoded;
    }
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream(Math.max(32, size(message, encoded, compressor)));
    try (OutputStream to = compressor == null ? bytes : compressor.compress(bytes)) {
      if (encoded == null) {
        message.writeMessage(to);
      } else {
        to.write(encoded);
      }
    }
    return bytes.toByteArray();
  }

  /** The expected size. Spans of a batch differ little and take about a tenth when compressed. */
  private static int size(
      MessageWriter message, byte @Nullable [] encoded, @Nullable Compressor compressor) {
    int size = encoded == null ? message.getContentLength() : encoded.length;
    return compressor == null ? size : size / 8;
  }
}
