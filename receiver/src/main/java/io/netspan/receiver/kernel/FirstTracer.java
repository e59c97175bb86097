package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfException;
import io.netspan.config.AgentSettings;
import io.netspan.config.OutputFormat;
import io.netspan.config.TracerChoice;
import org.jspecify.annotations.Nullable;

/**
 * The kernel programs, attached before any other part of the agent starts, or the reason why they
 * cannot be attached. Events wait in the ring until a session reads it.
 */
public final class FirstTracer implements AutoCloseable {
  private final @Nullable KernelTracer tracer;
  private final @Nullable BpfException refusal;

  private FirstTracer(@Nullable KernelTracer tracer, @Nullable BpfException refusal) {
    this.tracer = tracer;
    this.refusal = refusal;
  }

  /**
   * Attaches the programs unless the settings exclude them; a refusal is kept for {@link #take}.
   */
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
        KernelTracer.load(
            settings.tracer().ringBytes(),
            settings.tracer().includeSelf(),
            settings.output().format() == OutputFormat.NONE);
    try {
      tracer.attach();
      return tracer;
    } catch (RuntimeException e) {
      tracer.close();
      throw e;
    }
  }

  /**
   * Hands over the attached tracer to the session that reads it.
   *
   * @throws BpfException if the programs could not be attached
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
      tracer.close(); // Does nothing if the session has closed it already.
    }
  }
}
