package io.netspan.receiver.tcp;

/** A process on the simulated host. */
public record FakeProcess(int pid, long startTime, String executable) {
  public static final FakeProcess CURL = new FakeProcess(1_001, 11_000_000_001L, "curl");
  public static final FakeProcess NGINX = new FakeProcess(2_001, 22_000_000_001L, "nginx");
  public static final FakeProcess NGINX_WORKER = new FakeProcess(2_003, 22_000_000_003L, "nginx");

  /** A kernel thread, or no process at all. */
  static final FakeProcess NOBODY = new FakeProcess(0, 0, "");
}
