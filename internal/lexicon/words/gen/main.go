// Command gen writes the tables of package words.
//
// It reads jieba's dictionary (one "word frequency class" a line) and a table of readings (lines that hold a code point
// 0x4E00 and its readings "yī,yí", as go-pinyin and pinyin-data write them). Run it by hand when the data change; the
// build does not run it:
//
//	go run ./internal/lexicon/words/gen -words words.txt.gz -pinyin pinyin.txt.gz dict.txt pinyin_dict.go
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	minFrequency = 3 // words below are noise
	maxLength    = 7 // characters
	maxReadings  = 4
)

func main() {
	wordsOut := flag.String("words", "words.txt.gz", "file of words to write")
	pinyinOut := flag.String("pinyin", "pinyin.txt.gz", "file of readings to write")
	flag.Parse()
	if err := run(*wordsOut, *pinyinOut, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(wordsOut, pinyinOut string, files []string) error {
	if len(files) != 2 {
		return fmt.Errorf("expected the dictionary and the readings, got %d files", len(files))
	}
	dict, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	readings, err := os.ReadFile(files[1])
	if err != nil {
		return err
	}
	list := wordLines(string(dict))
	if len(list) < 100_000 {
		return fmt.Errorf("only %d words found: wrong file?", len(list))
	}
	pinyin := pinyinLines(string(readings))
	if len(pinyin) < 6_000 {
		return fmt.Errorf("only %d readings found: wrong file?", len(pinyin))
	}
	if err := write(wordsOut, list); err != nil {
		return err
	}
	return write(pinyinOut, pinyin)
}

func write(name string, lines []string) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}

var han = regexp.MustCompile(`^[\x{4e00}-\x{9fff}]+$`)

// wordLines returns "word" followed by one sign for the frequency, sorted: '!' plus four times its natural logarithm.
func wordLines(dict string) []string {
	frequency := map[string]float64{}
	for line := range strings.Lines(dict) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !han.MatchString(fields[0]) || len([]rune(fields[0])) > maxLength {
			continue
		}
		if n, err := strconv.ParseFloat(fields[1], 64); err == nil && n >= minFrequency {
			frequency[fields[0]] = max(frequency[fields[0]], n)
		}
	}
	var out []string
	for _, w := range slices.Sorted(maps.Keys(frequency)) {
		out = append(out, w+string(rune('!'+int(math.Round(4*math.Log(frequency[w]))))))
	}
	return out
}

var reading = regexp.MustCompile(`0x([0-9A-Fa-f]{4})[:\s"]+([^\s",0-9][^\s"]*)`)

// pinyinLines returns a character followed by its readings without tones, joined by commas.
func pinyinLines(table string) []string {
	var out []string
	for _, m := range reading.FindAllStringSubmatch(table, -1) {
		code, err := strconv.ParseInt(m[1], 16, 32)
		if err != nil || code < 0x4e00 || code > 0x9fff {
			continue
		}
		var plain []string
		for _, r := range strings.Split(m[2], ",") {
			if r = toneless(r); r != "" && !slices.Contains(plain, r) && len(plain) < maxReadings {
				plain = append(plain, r)
			}
		}
		out = append(out, string(rune(code))+strings.Join(plain, ","))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// toneless removes the tone marks of a syllable; ü becomes v.
func toneless(s string) string {
	return strings.NewReplacer("ā", "a", "á", "a", "ǎ", "a", "à", "a", "ē", "e", "é", "e", "ě", "e", "è", "e",
		"ế", "e", "ề", "e", "ê", "e", "ī", "i", "í", "i", "ǐ", "i", "ì", "i", "ō", "o", "ó", "o", "ǒ", "o", "ò", "o",
		"ū", "u", "ú", "u", "ǔ", "u", "ù", "u", "ǖ", "v", "ǘ", "v", "ǚ", "v", "ǜ", "v", "ü", "v", "ń", "n", "ň", "n",
		"ǹ", "n", "ḿ", "m", "\u0300", "", "\u0304", "", "\u030c", "").Replace(s)
}
