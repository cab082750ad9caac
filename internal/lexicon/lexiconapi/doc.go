// Package lexiconapi (内容检查接口) has the API operations that check texts, and those on dictionaries, levels, leaders and
// ignored findings. It only converts requests and responses; package lexicon does the work. Neighbours: imports lexicon
// and site; app mounts it.
package lexiconapi
