// Package config loads the configuration of a process (配置) from these sources; later ones take precedence:
//
//	default
//	file          YAML
//	environment   GUIYI_ and the key in capitals, with "_" for "." and "-"
//	flag          the key with "-" for "."; secrets have no flag, because other users can read the process list
//
// Load reports all errors at once. Dump prints the current values with their sources and without secrets. Example
// prints a commented file.
package config
