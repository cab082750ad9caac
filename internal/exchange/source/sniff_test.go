package source

import "testing"

func TestSniff(t *testing.T) {
	for text, want := range map[string]Format{
		"":                   Unknown,
		"<!DOCTYPE html><p>": Page,
		"<div>片段</div>":      Page,
		"<?xml version='1.0'?><!-- <html> --><rss>": Feed,
		"<rss><description><html>":                  Feed,
		"<feed xmlns='x'>":                          Feed,
		"<rdf:RDF xmlns='x'>":                       Feed,
		"\xef\xbb\xbf<urlset>":                      Sitemap,
		"<svg xmlns='x'>":                           Unknown,
		"<header>":                                  Unknown,
		"\xef\xbb\xbf {\"a\":1}":                    Lines,
		"{\"a\":\"<html>\"}":                        Lines,
		"a,b\n1,2\n":                                Separated,
		"a\tb\n":                                    Separated,
		"编号,标题,内容\r\n1,甲,\"<p>正文</p>\"\r\n":  Separated,
		"标题\t内容\n甲\t<!DOCTYPE html><html>\n": Separated,
		"一段话，没有标签。\n<div>网页</div>":           Page,
		"只有一行字":        Unknown,
		"---\nid: a\n": Documents,
		"id: a\n":      Documents,
		"PK\x03\x04":   Workbook,
		"\x1f\x8b\x08": Gzip,
	} {
		if got := Sniff([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
