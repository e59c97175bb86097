package io.netspan.receiver.export;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * A serialized request that is to be sent. While it waits for a backend it is kept compressed: the
 * spans of a batch differ little, so 2,048 of them take about a twelfth of their size.
 *
 * @param <A> an answer of the backend
 */
final class WaitingRequest<A> {
  private final int length;
  private final boolean packable;
  private final Receipt receipt;
  private final Consumer<A> onAnswer;
  private final Consumer<Throwable> onError;
  private byte[] content;
  private boolean packed;

  /**
   * Creates a request that waits as it is.
   *
   * @param packable whether compressing it is of use
   * @param onAnswer called with the backend's answer, unless {@code onError} is
   */
  WaitingRequest(
      byte[] body,
      boolean packable,
      Receipt receipt,
      Consumer<A> onAnswer,
      Consumer<Throwable> onError) {
    this.content = body;
    this.length = body.length;
    this.packable = packable;
    this.receipt = receipt;
    this.onAnswer = onAnswer;
    this.onError = onError;
  }

  /** The bytes that it takes. */
  int bytes() {
    return content.length;
  }

  /** Compresses the request. Not while it is in a {@link Backlog}, which counts its bytes. */
  void pack() {
    if (packed || !packable) {
      return;
    }
    Deflater fast = new Deflater(Deflater.BEST_SPEED);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.max(64, length / 8));
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, fast)) {
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Not possible: all of it is memory.
    } finally {
      fast.end();
    }
    content = bytes.toByteArray();
    packed = true;
  }

  /** The request as it is sent. */
  byte[] body() {
    if (!packed) {
      return content;
    }
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(content))) {
      return in.readNBytes(length);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Not possible: all of it is memory.
    }
  }

  void answered(A answer) {
    onAnswer.accept(answer);
  }

  void failed(Throwable error, Receipt.End end) {
    receipt.end(end);
    onError.accept(error);
  }
}
