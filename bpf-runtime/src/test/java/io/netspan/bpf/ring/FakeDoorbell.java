package io.netspan.bpf.ring;

/** Counts its calls and never blocks. */
final class FakeDoorbell implements Doorbell {

  int awaits;
  int rings;
  int closes;

  @Override
  public boolean await(int timeoutMillis) {
    awaits++;
    return false;
  }

  @Override
  public void ring() {
    rings++;
  }

  @Override
  public void close() {
    closes++;
  }
}
