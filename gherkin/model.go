package gherkin

// Document is what one blob says. It is stored once per blob; cbor keys are part of the stored format and never reused.
type Document struct {
	Parser   int       `cbor:"1,keyasint"`           // ParserVersion that made it
	Feature  *Feature  `cbor:"2,keyasint,omitempty"` // nil where nothing usable was found
	Problems []Problem `cbor:"3,keyasint,omitempty"`
}

// Problem is something in a file that could not be read. Line is 1-based; 0 means the file as a whole.
type Problem struct {
	Line    int    `cbor:"1,keyasint"`
	Message string `cbor:"2,keyasint"`
}

// Feature is a parsed feature. Scenarios are in file order, those of rules included.
type Feature struct {
	Line        int         `cbor:"1,keyasint"`
	Language    string      `cbor:"2,keyasint,omitempty"` // "" means en
	Keyword     string      `cbor:"3,keyasint"`
	Name        string      `cbor:"4,keyasint,omitempty"`
	Description string      `cbor:"5,keyasint,omitempty"`
	Tags        []Tag       `cbor:"6,keyasint,omitempty"`
	Background  *Background `cbor:"7,keyasint,omitempty"`
	Rules       []Rule      `cbor:"8,keyasint,omitempty"`
	Scenarios   []Scenario  `cbor:"9,keyasint,omitempty"`
}

// Tag is a tag as written, with its @.
type Tag struct {
	Name string `cbor:"1,keyasint"`
	Line int    `cbor:"2,keyasint"`
}

// Background holds steps that every scenario of its feature or rule inherits.
type Background struct {
	Line        int    `cbor:"1,keyasint"`
	Keyword     string `cbor:"2,keyasint"`
	Name        string `cbor:"3,keyasint,omitempty"`
	Description string `cbor:"4,keyasint,omitempty"`
	Steps       []Step `cbor:"5,keyasint,omitempty"`
}

// Rule groups scenarios.
type Rule struct {
	Line        int         `cbor:"1,keyasint"`
	Keyword     string      `cbor:"2,keyasint"`
	Name        string      `cbor:"3,keyasint,omitempty"`
	Description string      `cbor:"4,keyasint,omitempty"`
	Tags        []Tag       `cbor:"5,keyasint,omitempty"`
	Background  *Background `cbor:"6,keyasint,omitempty"`
}

// Scenario is a scenario or, where it has Examples, an outline.
type Scenario struct {
	Line        int        `cbor:"1,keyasint"`
	Keyword     string     `cbor:"2,keyasint"`
	Name        string     `cbor:"3,keyasint,omitempty"`
	Description string     `cbor:"4,keyasint,omitempty"`
	Tags        []Tag      `cbor:"5,keyasint,omitempty"`
	Rule        int        `cbor:"6,keyasint,omitempty"` // 1-based index into Feature.Rules; 0: in none
	Steps       []Step     `cbor:"7,keyasint,omitempty"`
	Examples    []Examples `cbor:"8,keyasint,omitempty"`
}

// Step is one step with its argument. Keyword is as written, with its trailing space.
type Step struct {
	Line      int        `cbor:"1,keyasint"`
	Keyword   string     `cbor:"2,keyasint"`
	Text      string     `cbor:"3,keyasint"`
	Table     [][]string `cbor:"4,keyasint,omitempty"`
	DocString *DocString `cbor:"5,keyasint,omitempty"`
}

// DocString is a step's text argument.
type DocString struct {
	MediaType string `cbor:"1,keyasint,omitempty"`
	Content   string `cbor:"2,keyasint,omitempty"`
	Delimiter string `cbor:"3,keyasint"`
}

// Examples is one table of an outline.
type Examples struct {
	Line        int      `cbor:"1,keyasint"`
	Keyword     string   `cbor:"2,keyasint"`
	Name        string   `cbor:"3,keyasint,omitempty"`
	Description string   `cbor:"4,keyasint,omitempty"`
	Tags        []Tag    `cbor:"5,keyasint,omitempty"`
	Header      []string `cbor:"6,keyasint,omitempty"`
	Rows        []Row    `cbor:"7,keyasint,omitempty"`
}

// Row is one example row: a testable thing of its own.
type Row struct {
	Line  int      `cbor:"1,keyasint"`
	Cells []string `cbor:"2,keyasint,omitempty"`
}
