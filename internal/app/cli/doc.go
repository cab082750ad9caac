// Package cli is the command line (命令行): one file per command or group of commands, all named in root (main.go).
//
// A command reads its arguments, opens the platform (with), asks the desks of the slices, and prints. What was asked
// for goes to the standard output, what is said about it to the standard error. Rules are those of the desks; what
// stands here is how an operator mends a wrong call.
package cli
