package io.netspan.config;

/** What is printed on standard output for each connection. */
public enum OutputFormat {
  /** A line of aligned columns, for people. */
  TEXT,
  /** A JSON object a line, for machines. */
  JSON,
  /** Nothing, for services. */
  NONE
}
