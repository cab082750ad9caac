// Package cli is the command line (命令行). It has one file per command or group of commands; root in main.go lists them.
//
// A command parses its arguments, opens the platform (with), calls the desks of the slices, and prints the result.
// Results go to the standard output, messages to the standard error. The desks check the rules; a command adds to
// their errors how to correct the call.
package cli
