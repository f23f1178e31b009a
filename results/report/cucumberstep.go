package report

import "strings"

// step reads one step of an element, with the hooks around it.
func (c *cucumberReader) step(e *element) error {
	var o ran
	hidden := false
	if first, ok := c.value(); ok && first != '{' {
		return c.skip()
	}
	err := c.object(func(key []byte) (err error) {
		switch string(key) {
		case "keyword":
			o.keyword, err = c.word()
		case "name":
			o.text, _, err = c.str(maxName)
		case "hidden":
			hidden, err = c.truth()
		case "result":
			err = c.result(e, &o)
		case "embeddings":
			err = c.array(func() error { return c.embedding(e) })
		case "output":
			err = c.dropped(e)
		case "before", "after":
			err = c.array(func() error { return c.hook(e, "hook of the step") })
		case "match":
			err = c.match()
		default:
			err = c.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if hidden {
		e.hook(o)
	} else {
		e.verdict.step(o)
	}
	return nil
}

// hook reads one entry of a before, after or around list.
func (c *cucumberReader) hook(e *element, keyword string) error {
	o := ran{keyword: keyword}
	err := c.object(func(key []byte) (err error) {
		switch string(key) {
		case "result":
			err = c.result(e, &o)
		case "embeddings":
			err = c.array(func() error { return c.embedding(e) })
		case "output":
			err = c.dropped(e)
		default:
			err = c.skip()
		}
		return err
	})
	if err == nil {
		e.hook(o)
	}
	return err
}

func (c *cucumberReader) result(e *element, o *ran) error {
	return c.object(func(key []byte) (err error) {
		switch string(key) {
		case "status":
			o.raw, err = c.word()
			if len(o.raw) > 1 && o.raw[0] >= 'A' && o.raw[0] <= 'Z' && o.raw[1] >= 'a' && o.raw[1] <= 'z' {
				e.capital = true
			}
		case "duration":
			o.took, err = c.number()
		case "error_message":
			o.message, o.cut, err = c.message()
		default:
			err = c.skip()
		}
		return err
	})
}

// message reads a failure message: a text or, from behave, a list of lines.
func (c *cucumberReader) message() (string, bool, error) {
	if first, ok := c.value(); ok && first != '[' {
		return c.str(maxMessage + maxStack)
	}
	var text strings.Builder
	cut := false
	err := c.array(func() error {
		line, long, err := c.str(maxMessage + maxStack)
		if cut || err != nil {
			return err
		}
		if text.Len() > 0 {
			line = "\n" + line
		}
		kept, over := clip([]byte(line), maxMessage+maxStack-text.Len())
		text.Write(kept)
		cut = long || over
		return nil
	})
	return text.String(), cut, err
}

// embedding reads an attachment, whose content was split off.
func (c *cucumberReader) embedding(e *element) error {
	var data, name string
	err := c.object(func(key []byte) (err error) {
		switch string(key) {
		case "data":
			data, _, err = c.str(maxName)
		case "name":
			name, _, err = c.str(maxName)
		default:
			err = c.skip()
		}
		return err
	})
	if err == nil && !c.attach(&e.Attachments, data, name) {
		e.Dropped++
	}
	return err
}

// dropped counts the attachments of a list without reading them.
func (c *cucumberReader) dropped(e *element) error {
	return c.array(func() error {
		e.Dropped++
		return c.skip()
	})
}

// match looks where a step's code is, which tells the runner's language.
func (c *cucumberReader) match() error {
	if c.sum.Runner != "" {
		return c.skip()
	}
	return c.object(func(key []byte) error {
		if string(key) != "location" {
			return c.skip()
		}
		at, _, err := c.str(maxName)
		for _, known := range []struct{ mark, runner string }{
			{".go:", "godog"},
			{".rb:", "cucumber-ruby"},
			{".js:", "cucumber-js"},
			{".ts:", "cucumber-js"},
			{".mjs:", "cucumber-js"},
			{".cjs:", "cucumber-js"},
			{".rs:", "cucumber-rs"},
		} {
			if strings.Contains(at, known.mark) {
				c.sum.Runner = known.runner
			}
		}
		return err
	})
}
