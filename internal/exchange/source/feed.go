package source

import (
	"cmp"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"guiyi/internal/exchange/extract/notation"
	"guiyi/internal/kernel/charset"
	"guiyi/internal/kernel/fault"
)

// maxEntries is the maximum number of entries of a feed; real feeds have some hundreds.
const maxEntries = 10_000

var entryTag = regexp.MustCompile(`<(?:[A-Za-z]+:)?(?:item|entry)[\s>/]`)

// FeedEntries returns the entries of an RSS or Atom document as records. A feed that cannot be read becomes one input
// with a problem.
func FeedEntries(in Input) iter.Seq[Input] {
	return func(yield func(Input) bool) {
		text, _, err := charset.Decode(in.Raw, in.Encoding)
		if err != nil {
			in.Problem = err
			yield(in)
			return
		}
		if n := len(entryTag.FindAllStringIndex(text, maxEntries+1)); n > maxEntries { // before a tree is built
			in.Problem = fault.New(fault.TooLarge, "订阅源超过 %d 条", maxEntries)
			yield(in)
			return
		}
		feed, err := gofeed.NewParser().ParseString(WithoutDeclaration(text))
		if err != nil {
			in.Problem = fault.Wrap(fault.Invalid, err, "订阅源的格式有误")
			yield(in)
			return
		}
		if len(feed.Items) == 0 {
			in.Problem = Refuse(ReasonNotItem, "订阅源里没有条目")
			yield(in)
			return
		}
		for i, it := range feed.Items {
			entry := in
			entry.ID, entry.Name = in.ID+"#"+entryKey(it, i), in.Name+"#"+strconv.Itoa(i+1)
			entry.URL = it.Link
			entry.Fields = entryFields(feed, it)
			if !yield(entry) {
				return
			}
		}
	}
}

// WithoutDeclaration removes the XML declaration, because the text is UTF-8 now and the declaration may name another
// encoding.
func WithoutDeclaration(text string) string {
	text = strings.TrimLeft(text, "\ufeff \t\r\n")
	if strings.HasPrefix(text, "<?xml") {
		if _, rest, ok := strings.Cut(text, "?>"); ok {
			return rest
		}
	}
	return text
}

func entryKey(it *gofeed.Item, i int) string {
	switch {
	case it.GUID != "":
		return it.GUID
	case it.Link != "":
		return it.Link
	}
	return strconv.Itoa(i + 1)
}

func entryFields(feed *gofeed.Feed, it *gofeed.Item) map[string]string {
	f := map[string]string{"title": it.Title, "body": it.Content, "url": it.Link, "source": feed.Title}
	if f["body"] == "" {
		f["body"] = it.Description
	}
	f["time"] = cmp.Or(entryTime(feed, it.Published, it.PublishedParsed), entryTime(feed, it.Updated, it.UpdatedParsed))
	if len(it.Authors) > 0 && it.Authors[0] != nil {
		f["author"] = it.Authors[0].Name
	}
	f["keywords"] = strings.Join(it.Categories, ",")
	for _, e := range it.Enclosures {
		if e != nil && e.URL != "" {
			f["files"] += e.URL + "\n"
		}
	}
	return f
}

// entryTime returns the time of an entry as written; readRecord parses it and reads a time without a zone as Beijing
// time. It returns the time of the feed parser in two cases: notation.Time cannot read the text, or an English feed has
// the zone CST, which is American there.
func entryTime(feed *gofeed.Feed, written string, parsed *time.Time) string {
	_, _, readable := notation.Time(written)
	american := strings.HasPrefix(strings.ToLower(feed.Language), "en") && strings.HasSuffix(strings.TrimSpace(written), "CST")
	if parsed != nil && (american || !readable) {
		return parsed.Format(time.RFC3339)
	}
	return strings.TrimSpace(written)
}
