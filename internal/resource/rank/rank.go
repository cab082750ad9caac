package rank

import (
	"slices"
	"strings"
)

// Site is a site of the network with its sponsor.
type Site struct {
	ID      int64
	Sponsor string
}

// Issuers returns the organs that issued a document together, as it names them; none when it
// names none.
func Issuers(named string) []string {
	return strings.FieldsFunc(named, func(r rune) bool { return strings.ContainsRune(" \u3000、，,；;", r) })
}

// May reports whether a site may amend or repeal a document of the issuers. chain is the site
// that owns the document and those above it, nearest first; the issuer's own site is looked
// for in it. An issuer that is found nowhere has no superior.
func May(acting Site, issuers []string, chain []Site) bool {
	if issued(issuers, acting.Sponsor) {
		return true
	}
	below := false // a site of the chain below this one is the issuer's
	for _, s := range chain {
		if below && s.ID == acting.ID {
			return true
		}
		below = below || issued(issuers, s.Sponsor)
	}
	return false
}

// issued reports whether the sponsor of a site is one of the organs, or the office of one:
// a government and its office (办公室, 办公厅) issue for each other.
func issued(issuers []string, sponsor string) bool {
	return sponsor != "" && slices.ContainsFunc(issuers,
		func(o string) bool { return withoutOffice(o) == withoutOffice(sponsor) })
}

func withoutOffice(organ string) string {
	organ = strings.TrimSpace(organ)
	if short := strings.TrimSuffix(strings.TrimSuffix(organ, "办公室"), "办公厅"); short != "" {
		return short
	}
	return organ
}
