package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a request's bytes, once and on the thread that called {@code send()}. The SDK lends its
 * marshaler and the spans for the time of the call and of the result: once it gives up waiting it
 * fills both anew, whatever attempts are still to come.
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
