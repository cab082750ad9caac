package rank

import (
	"slices"
	"strings"
)

// Site is a site with its sponsor.
type Site struct {
	ID      int64
	Sponsor string
}

// Issuers splits the issuer field of a document into the names of its issuers.
func Issuers(named string) []string {
	return strings.FieldsFunc(named, func(r rune) bool { return strings.ContainsRune(" \u3000、，,；;", r) })
}

// May reports whether a site may amend or repeal a document of the issuers. chain is the site that owns the document
// and the sites above it, nearest first. A site of the chain is superior to an issuer if the issuer's site is before
// it in the chain. An issuer without a site in the chain has no superior.
func May(acting Site, issuers []string, chain []Site) bool {
	if issued(issuers, acting.Sponsor) {
		return true
	}
	below := false // an earlier site of the chain is the issuer's
	for _, s := range chain {
		if below && s.ID == acting.ID {
			return true
		}
		below = below || issued(issuers, s.Sponsor)
	}
	return false
}

// issued reports whether the sponsor is one of the issuers. A government and its office (办公室, 办公厅) count as the same
// organ, because they issue documents for each other.
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
