// Package yamlfile (手写的 YAML) reads YAML that people write, strictly: UTF-8, one document, no unknown and no repeated
// keys. Errors are in Chinese, with the line number. A document that would need disproportionate resources is refused
// before it is expanded: nested aliases, a mapping with very many keys, depth. Neighbours: used by site, exchange,
// kernel/rule and app/cli.
package yamlfile
