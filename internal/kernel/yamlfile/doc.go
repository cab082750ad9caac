// Package yamlfile (手写的 YAML) reads YAML that people write, strictly: UTF-8, one document,
// no unknown and no repeated keys. What is wrong is told in Chinese with its line. A text
// that costs more than it looks is refused before it is unfolded: nested aliases, a mapping
// with very many keys, depth. Its neighbours: internal/site, internal/kernel/rule and the
// content files of internal/exchange.
package yamlfile
