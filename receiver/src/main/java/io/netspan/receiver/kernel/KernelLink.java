package io.netspan.receiver.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The connection tracer that runs now, for sources that share its ring, its announced processes and
 * its tallies. Written by the thread that has the turn; any thread reads it.
 */
public final class KernelLink {
  private volatile @Nullable KernelTracer tracer;

  /** Null while no kernel programs run. */
  @Nullable KernelTracer tracer() {
    return tracer;
  }

  void connect(KernelTracer started) {
    tracer = started;
  }

  void disconnect() {
    tracer = null;
  }
}
