package io.netspan.receiver.tcp;

/** Which end of a connection a socket is. */
public enum Role {
  CLIENT("client"),
  SERVER("server");

  private final String value;

  Role(String value) {
    this.value = value;
  }

  /** The value of {@code netspan.role}. */
  public String value() {
    return value;
  }
}
