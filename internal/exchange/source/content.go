package source

// Content is one item in the format of content files: a YAML document with a Markdown body.
type Content struct {
	ID          string        `yaml:"id"`
	Column      string        `yaml:"column"`
	Also        []string      `yaml:"also"`
	Title       string        `yaml:"title"`
	Subtitle    string        `yaml:"subtitle"`
	Class       string        `yaml:"class"`
	Date        string        `yaml:"date"`
	Source      string        `yaml:"source"`
	Author      string        `yaml:"author"`
	Editor      string        `yaml:"editor"`
	Keywords    []string      `yaml:"keywords"`
	Tags        []string      `yaml:"tags"`
	Summary     string        `yaml:"summary"`
	Image       string        `yaml:"image"`
	ImageAlt    string        `yaml:"image_alt"`
	Attachments []ContentPart `yaml:"attachments"`
	Doc         *ContentDoc   `yaml:"doc"`
	Interprets  string        `yaml:"interprets"`
	Amends      string        `yaml:"amends"`
	Repeals     string        `yaml:"repeals"`
	Form        string        `yaml:"form"`
	Level       string        `yaml:"level"`
	Body        string        `yaml:"body"`
}

// Texts returns the one-line texts by the name of their element.
func (c *Content) Texts() map[string]string {
	return map[string]string{
		"title":    c.Title,
		"subtitle": c.Subtitle,
		"source":   c.Source,
		"author":   c.Author,
		"editor":   c.Editor,
		"summary":  c.Summary,
	}
}

// ContentPart is an attachment of an item.
type ContentPart struct {
	Name string `yaml:"name"`
	File string `yaml:"file"`
}

// ContentDoc has the metadata of an official document.
type ContentDoc struct {
	Index      string `yaml:"index"`
	Number     string `yaml:"number"`
	Issuer     string `yaml:"issuer"`
	Theme      string `yaml:"theme"`
	Genre      string `yaml:"genre"`
	Signed     string `yaml:"signed"`
	Effective  string `yaml:"effective"`
	Expires    string `yaml:"expires"`
	Validity   string `yaml:"validity"`
	Disclosure string `yaml:"disclosure"`
	Region     string `yaml:"region"`
}
