// Package starter (随带词库) has the small dictionaries that come with the program: wrong words of official writing,
// words that are easily confused, and terms of law. They are always in effect, and a site may switch each of them off.
//
// The entries were written for this project, from the sources that each file names. The package is pure.
// Neighbours: gives dictionaries to lexicon; reads its files as check.ParseEntries reads what is imported.
package starter
