//go:build race

package cli_test

// raceMemory multiplies the memory that a command may take: the race detector remembers every access, and a command
// that does nothing takes 620 MiB under it.
const raceMemory = 4
