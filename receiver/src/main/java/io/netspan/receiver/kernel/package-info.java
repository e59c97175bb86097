/**
 * The project's own BPF objects, loaded and attached, and the sources that read them. Everything
 * that runs something in the kernel is here; {@code wire} has the layouts.
 */
@NullMarked
package io.netspan.receiver.kernel;

import org.jspecify.annotations.NullMarked;
