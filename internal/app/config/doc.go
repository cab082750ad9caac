// Package config is the configuration of a process (配置): one struct, one table of its options.
//
// A value comes from, each stronger than the one before: the default, the file (YAML), the environment (GUIYI_ and
// the key in capitals, "." and "-" as "_"), a command-line flag (the key with "-" for "."; none for secrets, which
// other users of the machine could read in the process list). Load reports everything that is wrong at once. Dump
// prints what is in effect and where it came from, with secrets hidden. Example prints a commented file.
package config
