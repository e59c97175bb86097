package io.netspan.receiver.export;

/**
 * OTLP's answer to a request that was accepted in part. The fields of traces, metrics and logs have
 * the same numbers.
 */
record PartialSuccess(long rejected, String message) {
  static final PartialSuccess NONE = new PartialSuccess(0, "");

  private static final int LONGEST_MESSAGE = 1_024;
  private static final int PARTIAL_SUCCESS = 1;
  private static final int REJECTED = 1;
  private static final int ERROR_MESSAGE = 2;

  /**
   * Reads an {@code Export...ServiceResponse}; {@link #NONE} if the bytes are not such a message.
   */
  static PartialSuccess of(byte[] response) {
    long rejected = 0;
    String message = "";
    ProtoFields fields = new ProtoFields(response);
    while (fields.next()) {
      if (fields.number() == PARTIAL_SUCCESS) {
        ProtoFields parts = fields.message();
        while (parts.next()) {
          switch (parts.number()) {
            case REJECTED -> rejected = Math.max(0, parts.varint());
            case ERROR_MESSAGE -> message = parts.text();
            default -> {}
          }
        }
      }
    }
    String bounded =
        message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE);
    return rejected == 0 && bounded.isEmpty() ? NONE : new PartialSuccess(rejected, bounded);
  }
}
