/** Topics, messages, positions and errors, as programs and plugins see them. */
package io.emque.api;
