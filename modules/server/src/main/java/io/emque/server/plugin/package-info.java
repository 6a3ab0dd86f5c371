/** Plugins: folders of jars, each in a module layer of its own. */
package io.emque.server.plugin;
