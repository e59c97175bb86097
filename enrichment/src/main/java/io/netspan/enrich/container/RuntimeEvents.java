package io.netspan.enrich.container;

/** Takes what a runtime reports. Called by the thread that watches it. */
public interface RuntimeEvents {
  /** The runtime reports what happens from now on. */
  void opened();

  /** A container was created or started, or has another name now. */
  void present(ContainerDetails container);

  /** Images have other names than before. */
  void imagesChanged();

  /** Something that was reported could not be used. */
  void ignored(RuntimeProblem why);
}
