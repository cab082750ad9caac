// Package rule (阈值规则) keeps thresholds from laws, notices and standards as data: versioned rows with their source, and
// overrides by narrower scopes. A value that a notice may change is never a constant in code.
//
// A row is found by its code, a time, and a list of scopes from the narrowest to the widest. The first scope with a
// row in force at that time counts.
package rule
