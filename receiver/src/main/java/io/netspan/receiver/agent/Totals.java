package io.netspan.receiver.agent;

import io.netspan.receiver.source.Loss;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The totals of a run.
 *
 * @param ended sides of connections whose end was seen
 * @param endUnseen sides whose end was lost, and was noticed when the address of their socket was
 *     used again
 * @param beginningUnseen sides among {@code ended} of which nothing was seen before the end
 * @param open sides that are still open
 * @param flows sides of UDP flows that ended, if they are counted
 * @param notPrinted sides and flows that were not printed because of the limit of lines
 * @param notSampled spans that were not exported, because of the sampler
 * @param spansOffered spans that were to be exported
 * @param spansExported spans that a backend accepted; the others are among the losses
 */
public record Totals(
    long ended,
    long endUnseen,
    long beginningUnseen,
    long open,
    long flows,
    long notPrinted,
    long notSampled,
    long spansOffered,
    long spansExported,
    List<Loss> losses) {

  public Totals {
    losses = List.copyOf(losses);
  }

  /** The totals in one line. */
  public String describe() {
    StringBuilder line =
        new StringBuilder("totals: ")
            .append(ended)
            .append(" connection sides ended")
            .append(part(beginningUnseen, " without a beginning seen"))
            .append(part(endUnseen, " more whose end was not seen"))
            .append(", ")
            .append(open)
            .append(" still open")
            .append(flows == 0 ? "" : "; " + flows + " UDP flow sides ended")
            .append(notPrinted == 0 ? "" : "; " + notPrinted + " sides not printed");
    if (spansOffered != 0 || notSampled != 0) {
      line.append("; spans: ")
          .append(spansExported)
          .append(" of ")
          .append(spansOffered)
          .append(" exported")
          .append(part(notSampled, " left out by the sampler"));
    }
    String lost =
        losses.stream()
            .filter(loss -> loss.count() != 0)
            .map(loss -> loss.stage() + "/" + loss.reason() + " " + loss.count())
            .collect(Collectors.joining(", "));
    return line.append("; lost: ").append(lost.isEmpty() ? "nothing" : lost).toString();
  }

  private static String part(long count, String what) {
    return count == 0 ? "" : ", " + count + what;
  }
}
