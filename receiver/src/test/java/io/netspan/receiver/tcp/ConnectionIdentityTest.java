package io.netspan.receiver.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConnectionIdentityTest {
  /**
   * Agents of all versions must derive these ids, on either machine. The values were computed by an
   * independent program; changing them breaks traces between an old agent and a new one.
   */
  @ParameterizedTest
  @CsvSource({
    // pair, trace id high, trace id low, span id of the client, span id of the server
    "0000000000000000, e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f, f88bb8a8724c81ec",
    "0000000000000001, 910a2dec89025cc1, beeb8da1658eec67, f893a2eefb32555e, 71c18690ee42c90b",
    "1111111122222222, 4d994477900ebdfb, b1d484e21b8b17be, 6314cba604d62f7b, 7567c2787f3d8452",
    "fffffffeffffffff, 19ba2418afbbfae1, 793c44486e68d6e3, 60fa5941600259ec, 6896f6c6e19a9a95",
    "ffffffffffffffff, e4d971771b652c20, e99ff867dbf682c9, 382ff84cb27281e9, 6d1db36ccba982d2",
    "0102030405060708, 0acc9c175458d409, c834f414dc076571, 5d4ad8fa95c44e03, 55b85bcc3aa7b9ac",
    "8000000000000000, 481ec0a212a9f3db, c46fa638a6309012, 61a685ffc80a8140, 592e268383e356f9",
    "499602d2deadbeef, aae6cf045e90dc18, 6a9549d23b1abece, ac80bf9c1f3f2ba0, e681609439781ccf",
    // An id that would be 0, which OpenTelemetry forbids, is 1.
    "61c8864680b583eb, 0000000000000001, e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f",
    "c3910c8d016b07d6, 336503c6b835bec0, 0000000000000001, e220a8397b1dcdaf, 6e789e6aa1b965f4",
    "255992d382208bc1, 61bc8ea8124999d4, 336503c6b835bec0, 0000000000000001, e220a8397b1dcdaf",
    "8722191a02d60fac, 6061eff69a95c91c, 61bc8ea8124999d4, 336503c6b835bec0, 0000000000000001",
  })
  void idsAreThoseOfTheReferenceTable(
      String pair, String traceIdHigh, String traceIdLow, String clientSpan, String serverSpan) {
    long of = number(pair);

    assertThat(ConnectionIdentity.traceIdHigh(of)).isEqualTo(number(traceIdHigh));
    assertThat(ConnectionIdentity.traceIdLow(of)).isEqualTo(number(traceIdLow));
    assertThat(ConnectionIdentity.clientSpanId(of)).isEqualTo(number(clientSpan));
    assertThat(ConnectionIdentity.serverSpanId(of)).isEqualTo(number(serverSpan));
  }

  @ParameterizedTest
  @CsvSource({
    // pair, interval, what takes the pair's place
    "0000000000000000, 0, 2df07fa2c6ffa2c7",
    "1111111122222222, 29000000, fceb94ac8cdacdfe",
    "1111111122222222, 29000001, dc2693de6354d14d",
    "ffffffffffffffff, 1, 8f4dc61711d11e45",
    "499602d2deadbeef, 29830210, 3a033fcd866a686c",
    "0102030405060708, -1, bdc222113cea6e6b",
  })
  void knownSlices(String pair, long interval, String slice) {
    assertThat(ConnectionIdentity.slice(number(pair), interval)).isEqualTo(number(slice));
  }

  private static long number(String hex) {
    return Long.parseUnsignedLong(hex, 16);
  }

  @ParameterizedTest
  @CsvSource({
    // initial sequence numbers of client and server, the pair
    "00000001, 00000002, 0000000100000002",
    "ffffffff, 00000000, ffffffff00000000",
    "00000000, ffffffff, 00000000ffffffff",
    "fffffffe, fffffffe, fffffffefffffffe",
  })
  void bothEndsDeriveTheSamePair(String isnClient, String isnServer, String pair) {
    int client = Integer.parseUnsignedInt(isnClient, 16);
    int server = Integer.parseUnsignedInt(isnServer, 16);

    // A client's snd_una counts its SYN, as bytes_acked does; rcv_nxt counts the SYN at both ends.
    assertThat(ConnectionIdentity.pairOfClient(client, server + 1)).isEqualTo(number(pair));
    assertThat(ConnectionIdentity.pairOfServer(server + 1, client + 1)).isEqualTo(number(pair));
  }

  @Test
  void noIdIsZeroAndTheSpanIdsOfAConnectionDiffer() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 1_000_000; i++) {
      long pair = i < 1_000 ? i : random.nextLong();
      assertThat(ConnectionIdentity.traceIdHigh(pair)).isNotZero();
      assertThat(ConnectionIdentity.traceIdLow(pair)).isNotZero();
      assertThat(ConnectionIdentity.clientSpanId(pair)).isNotZero();
      assertThat(ConnectionIdentity.serverSpanId(pair))
          .isNotZero()
          .isNotEqualTo(ConnectionIdentity.clientSpanId(pair));
    }
  }

  /**
   * Samplers decide by the low bits of the trace id, so ids of consecutive sequence numbers must be
   * uniformly distributed.
   */
  @Test
  void everyBitIsUniformForConsecutiveSequenceNumbers() {
    int n = 1 << 16;
    int[] ones = new int[4 * Long.SIZE];
    for (int i = 0; i < n; i++) {
      long pair = (long) (i << 6) << 32 | (i * 3L & 0xffffffffL);
      count(ones, 0, ConnectionIdentity.traceIdHigh(pair));
      count(ones, 1, ConnectionIdentity.traceIdLow(pair));
      count(ones, 2, ConnectionIdentity.clientSpanId(pair));
      count(ones, 3, ConnectionIdentity.serverSpanId(pair));
    }
    // Six standard deviations of a fair coin, sqrt(n) / 2.
    double most = 6 * Math.sqrt(n) / 2;
    for (int bit = 0; bit < ones.length; bit++) {
      assertThat(Math.abs(ones[bit] - n / 2.0)).as("bit %d", bit).isLessThan(most);
    }
  }

  private static void count(int[] ones, int word, long id) {
    for (int bit = 0; bit < Long.SIZE; bit++) {
      ones[word * Long.SIZE + bit] += (int) (id >>> bit & 1);
    }
  }
}
