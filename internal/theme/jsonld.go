package theme

import (
	"encoding/json"
	"html/template"
	"time"
)

// Organization is the subject of a site's structured data.
type Organization struct {
	Name    string
	URL     string
	Phone   string
	Email   string
	Address string
}

// OrganizationLD returns the structured data of a site's government (home page).
func OrganizationLD(o Organization) template.JS {
	return ld(orgLD(o, true))
}

// ArticleLD returns the structured data of a news item, document or interpretation.
func ArticleLD(m ContentMeta, publisher Organization, updated time.Time) template.JS {
	a := articleLD{
		Context:     "https://schema.org",
		Type:        "NewsArticle",
		Headline:    m.Title,
		URL:         m.URL,
		Description: m.Description,
		Keywords:    m.Keywords,
		Image:       m.Images,
		Source:      &organizationLD{Type: "Organization", Name: m.Source},
		Publisher:   orgLD(publisher, false),
		Language:    "zh-CN",
	}
	if m.Source == "" {
		a.Source = nil
	}
	if !m.PubDate.IsZero() {
		a.Published = m.PubDate.In(shanghai()).Format(time.RFC3339)
	}
	if !updated.IsZero() {
		a.Modified = updated.In(shanghai()).Format(time.RFC3339)
	}
	return ld(a)
}

type organizationLD struct {
	Context string `json:"@context,omitempty"`
	Type    string `json:"@type"`
	Name    string `json:"name"`
	URL     string `json:"url,omitempty"`
	Phone   string `json:"telephone,omitempty"`
	Email   string `json:"email,omitempty"`
	Address string `json:"address,omitempty"`
}

type articleLD struct {
	Context     string          `json:"@context"`
	Type        string          `json:"@type"`
	Headline    string          `json:"headline"`
	URL         string          `json:"url,omitempty"`
	Published   string          `json:"datePublished,omitempty"`
	Modified    string          `json:"dateModified,omitempty"`
	Description string          `json:"description,omitempty"`
	Keywords    []string        `json:"keywords,omitempty"`
	Image       []string        `json:"image,omitempty"`
	Source      *organizationLD `json:"sourceOrganization,omitempty"`
	Publisher   organizationLD  `json:"publisher"`
	Language    string          `json:"inLanguage"`
}

func orgLD(o Organization, top bool) organizationLD {
	l := organizationLD{
		Type:    "GovernmentOrganization",
		Name:    o.Name,
		URL:     o.URL,
		Phone:   o.Phone,
		Email:   o.Email,
		Address: o.Address,
	}
	if top {
		l.Context = "https://schema.org"
	}
	return l
}

// ld encodes with < > & escaped, so that no value can end the script element.
func ld(v any) template.JS {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return template.JS(b) // json.Marshal escapes < > & and U+2028
}
