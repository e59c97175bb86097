package io.netspan.enrich.kube;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/** Reads an object of one kind. */
interface ObjectReader<T> {
  /** Reads the object at which the parser is; afterwards it is at the object's end. */
  Versioned<T> read(JsonParser at) throws IOException;

  /**
   * An object with what names it and its version.
   *
   * @param uid empty in a bookmark
   */
  record Versioned<T>(String uid, String version, T object) {}
}
