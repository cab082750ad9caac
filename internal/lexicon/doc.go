// Package lexicon (词库与内容检查) checks texts with the dictionaries, leaders and levels of each site.
//
//	starter (of the program) + dictionaries of the platform + dictionaries of the site ─► Check ─► findings
//
// A dictionary (词库) belongs to a site, or to the platform (owner 0) and then counts on all sites. An import replaces
// its entries as a whole and makes a new version; every process sees it with the next check. A site sets levels (block,
// warn, hint, off) by kind or by dictionary, keeps the table of its leaders, and ignores findings with a reason. A
// finding that blocks is ignored only by somebody with the permission to change dictionaries.
//
// Tables: lexicon_dictionary, lexicon_version, lexicon_level, lexicon_leader, lexicon_ignore. Neighbours: check finds,
// words cuts text, typo guesses, starter has the dictionaries of the program; used by lexiconapi and the command line.
package lexicon
