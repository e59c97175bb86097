/**
 * What can be set, from where, with which defaults: immutable values that were checked. All
 * problems of an input are reported at once, each with its place and its remedy.
 */
@NullMarked
package io.netspan.config;

import org.jspecify.annotations.NullMarked;
