// Package bustest is the conformance suite of the bus (消息总线): it passes over the embedded server and over a remote one.
package bustest
