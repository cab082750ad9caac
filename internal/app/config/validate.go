package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Problem is an error in the configuration.
type Problem struct {
	Where string // source, such as "guiyi.yaml:12", "GUIYI_BUS_URL" or "--bus-url"; "" = default
	Key   string
	Value string // without secrets
	Text  string // Chinese text about the error or the allowed values
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

// Problems are all errors in the configuration.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// Validate returns all invalid values, or nil.
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

// secretOK reports whether each secret has at least 32 characters and no secret file is set too. It accepts the
// placeholder in the output of Dump, so that this output can be loaded.
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

// listenOK reports whether an address is valid and no other listener has it. Several listeners may have port 0, because
// the system then chooses the ports.
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
