package io.netspan.enrich;

/**
 * The answer of a {@link Contributor} about one process.
 *
 * @param identity what is known so far
 * @param pending whether more will follow soon; spans of the process wait for that, within a bound
 */
public record Contribution(PartialIdentity identity, boolean pending) {

  /** The contributor knows nothing about the process, and will not. */
  public static final Contribution NOTHING = new Contribution(PartialIdentity.NOTHING, false);

  /** The contributor is still fetching what it may know. */
  public static final Contribution PENDING = new Contribution(PartialIdentity.NOTHING, true);

  /** All that the contributor knows. */
  public static Contribution of(PartialIdentity identity) {
    return new Contribution(identity, false);
  }
}
