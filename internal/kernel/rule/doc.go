// Package rule keeps thresholds that come from outside (laws, notices, standards) as
// data: versioned rows with their source, and overrides by narrower scopes. Nothing
// that a notice may change is a constant in code.
//
// A row is found by its code, the moment it is asked for, and the list of scopes from
// the narrowest to the widest; the first scope that has a row in force wins.
package rule
