// Package words (词表) cuts Chinese text into words and knows how characters are read.
//
// The word list has 311,000 words with their frequency. It answers two questions of the checks beside the text: where a
// word begins and ends (大麻 is no word in 大麻烦), and how usual a sequence of words is. Pinyin is without tones.
//
// The search (internal/search/analysis) has no word list on purpose: it found more with pairs of characters. A check
// needs one, because it must not report a word that is not there.
//
// words.txt.gz and pinyin.txt.gz are written by gen from data of jieba (MIT, Sun Junyi) and pinyin-data (MIT,
// mozillazg).
// The package is pure; both tables are read once, when first used, and take about 15 MB.
package words

//go:generate go run ./gen -words words.txt.gz -pinyin pinyin.txt.gz JIEBA_DICT_FILE PINYIN_DICT_FILE
