package model

// Counts add up: Matched+Ambiguous+Unmatched+RetryOf+Waiting = Read and Passed+Failed+Skipped = Matched.
type Counts struct {
	Read      int `cbor:"1,keyasint" json:"read"`
	Matched   int `cbor:"2,keyasint" json:"matched"`
	Ambiguous int `cbor:"3,keyasint" json:"ambiguous"`
	Unmatched int `cbor:"4,keyasint" json:"unmatched"`
	RetryOf   int `cbor:"5,keyasint" json:"retryOf"`
	Waiting   int `cbor:"6,keyasint" json:"waiting"`
	Passed    int `cbor:"7,keyasint" json:"passed"`
	Failed    int `cbor:"8,keyasint" json:"failed"`
	Skipped   int `cbor:"9,keyasint" json:"skipped"`
}

// Add adds other counts.
func (c *Counts) Add(o *Counts) {
	c.Read += o.Read
	c.Matched += o.Matched
	c.Ambiguous += o.Ambiguous
	c.Unmatched += o.Unmatched
	c.RetryOf += o.RetryOf
	c.Waiting += o.Waiting
	c.Passed += o.Passed
	c.Failed += o.Failed
	c.Skipped += o.Skipped
}
