package io.netspan.enrich.kube;

import java.util.Set;

/** Keeps the objects of a watch, by whose thread alone it is changed. */
interface Store<T> {
  /**
   * Takes an object that is new or has changed.
   *
   * @return false if there is no room for it
   */
  boolean put(String uid, T object);

  /** Takes that there is no such object any more. */
  void remove(String uid);

  /** Takes that all objects were put, and no others than these are there. */
  void complete(Set<String> uids);
}
