/**
 * The running agent: the kernel programs, the thread that reads them, and everything wired
 * together.
 */
@NullMarked
package io.netspan.receiver.agent;

import org.jspecify.annotations.NullMarked;
