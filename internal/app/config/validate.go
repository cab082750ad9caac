package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong.
type Problem struct {
	Where string // "guiyi.yaml:12", "GUIYI_BUS_URL", "--bus-url", or "" for a default
	Key   string
	Value string // secrets hidden
	Text  string // what is allowed, or what is the matter
}

func (p Problem) String() string {
	var b strings.Builder
	if p.Where != "" {
		b.WriteString(p.Where + "：")
	}
	if p.Key != "" {
		b.WriteString(p.Key + " = " + strconv.Quote(p.Value) + "，")
	}
	return b.String() + p.Text
}

// Problems is everything that is wrong.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// Validate returns everything that is wrong with the values, nil when nothing is.
func Validate(c *Config) Problems { return validate(c, nil) }

func validate(c *Config, source map[string]string) Problems {
	var out Problems
	for _, o := range options() {
		if o.check == nil || o.check(c) {
			continue
		}
		out = append(out, Problem{Where: source[o.key], Key: o.key, Value: o.shown(o.text(c)), Text: "允许：" + o.allow})
	}
	return out
}

// secretOK requires secrets that cannot be guessed, from one place only. A dump, where they are hidden, can be read
// again.
func secretOK(secret, file string) bool {
	if secret == "" {
		return true
	}
	for one := range strings.SplitSeq(secret, ",") {
		if one != hidden && len(strings.TrimSpace(one)) < 32 {
			return false
		}
	}
	return file == ""
}

// listenOK wants a proper address that no other listener has. Port 0 lets the system choose, so it never collides.
func (c *Config) listenOK(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil || strings.ContainsAny(host, " /@") {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return false
	}
	same := 0
	for _, other := range []string{c.Public.Listen, c.Studio.Listen, c.Portal.Listen} {
		if other == address {
			same++
		}
	}
	return n == 0 || same <= 1
}

func webAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
