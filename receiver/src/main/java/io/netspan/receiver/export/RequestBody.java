package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Serializes a request once, on the thread that called {@code send()}. The SDK reuses its marshaler
 * and the spans as soon as it no longer waits for the result, even if further attempts follow.
 */
final class RequestBody {
  private RequestBody() {}

  static byte[] of(MessageWriter message, @Nullable Compressor compressor) throws IOException {
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream(Math.max(32, message.getContentLength()));
    if (compressor == null) {
      message.writeMessage(bytes);
    } else {
      try (OutputStream compressed = compressor.compress(bytes)) {
        message.writeMessage(compressed);
      }
    }
    return bytes.toByteArray();
  }
}
