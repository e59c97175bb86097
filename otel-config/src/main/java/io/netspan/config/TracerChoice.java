package io.netspan.config;

/** How connections are watched. */
public enum TracerChoice {
  /** By the kernel programs; where those cannot run, by polling. */
  AUTO,
  /** By the kernel programs or not at all. */
  BPF,
  /** By polling, although the kernel programs might run. */
  POLL
}
