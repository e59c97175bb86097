/**
 * The agent as its user starts it, on this machine's kernel, against real servers and clients. Each
 * test knows how many connections it made, and counts.
 */
@NullMarked
package io.netspan.it;

import org.jspecify.annotations.NullMarked;
