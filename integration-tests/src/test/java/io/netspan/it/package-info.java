/**
 * Tests of the agent as a user starts it, on this machine's kernel, with real servers and clients.
 * Each test knows how many connections it made, and compares the counts.
 */
@NullMarked
package io.netspan.it;

import org.jspecify.annotations.NullMarked;
