package resource

import (
	"strings"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/metadata"
)

// CheckMetadata holds an edition against the metadata standard of its class.
func CheckMetadata(class Class, e *Edition) []rule.Finding {
	return metadata.Check(string(class), metadataValues(class, e))
}

func metadataValues(class Class, e *Edition) map[string][]string {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	v := map[string][]string{
		"ResName": one(e.Title), "ResClass": one(string(class)), "Source": one(e.Source), "ResAbstract": one(e.Summary),
		"Keywords": e.Keywords, "Author": one(e.Author), "Editor": one(e.Editor),
		"Text": one(strings.TrimSpace(e.Text)),
	}
	if e.PublishedAt != 0 {
		v["PubDate"] = one(store.FromMilli(e.PublishedAt).Format("2006-01-02 15:04"))
	}
	if len(v["Text"]) == 0 && (len(e.Media) > 0 || len(e.Files) > 0 || e.Cover != nil) {
		v["Text"] = []string{"图片或附件"} // a picture story or a scanned document has no text of its own
	}
	d, r := orZero(e.Document), orZero(e.Interpretation)
	for id, s := range map[string]string{"IndexNo": d.IndexNo, "DocNo": d.DocNo, "Issuer": d.Issuer, "Theme": d.Theme,
		"Genre":    d.Genre,
		"SignedOn": d.SignedOn, "Effective": d.Effective, "Expires": d.Expires, "Validity": d.Validity,
		"OpenType": d.Disclosure,
		"Form":     r.Form, "Level": r.Level} {
		v[id] = one(s)
	}
	return v
}
