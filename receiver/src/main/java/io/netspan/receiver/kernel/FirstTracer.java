package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfException;
import io.netspan.config.AgentSettings;
import io.netspan.config.TracerChoice;
import org.jspecify.annotations.Nullable;

/**
 * The kernel programs, attached before anything else of the agent is there, or why they cannot be.
 * What happens until somebody reads the ring waits in it.
 */
public final class FirstTracer implements AutoCloseable {
  private final @Nullable KernelTracer tracer;
  private final @Nullable BpfException refusal;

  private FirstTracer(@Nullable KernelTracer tracer, @Nullable BpfException refusal) {
    this.tracer = tracer;
    this.refusal = refusal;
  }

  /** Attaches them, unless they are not wanted; a refusal is kept for {@link #take}. */
  public static FirstTracer attach(AgentSettings settings) {
    if (settings.tracer().choice() == TracerChoice.POLL) {
      return new FirstTracer(null, null);
    }
    try {
      return new FirstTracer(attached(settings), null);
    } catch (BpfException e) {
      return new FirstTracer(null, e);
    }
  }

  /**
   * The programs, loaded and attached.
   *
   * @throws BpfException if they cannot run here
   */
  static KernelTracer attached(AgentSettings settings) {
    KernelTracer tracer =
        KernelTracer.load(settings.tracer().ringBytes(), settings.tracer().includeSelf());
    try {
      tracer.attach();
      return tracer;
    } catch (RuntimeException e) {
      tracer.close();
      throw e;
    }
  }

  /**
   * What was attached, for whoever watches with it.
   *
   * @throws BpfException if it could not be
   */
  KernelTracer take() {
    if (refusal != null) {
      throw refusal;
    }
    if (tracer == null) {
      throw new IllegalStateException("the kernel programs were not wanted");
    }
    return tracer;
  }

  @Override
  public void close() {
    if (tracer != null) {
      tracer.close(); // The second time, after its watcher, this does nothing.
    }
  }
}
