package api

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/web"
)

// MaxPage is how many entries one answer has at most, of a list that grows.
const MaxPage = 1000

// page cuts the part out of a list that the query asks for: at most ?limit= entries after the one that ?after= names. next names
// the last of them where more follow.
func page[T any](x *web.Request, all []T, id func(T) string) (part []T, next string, err error) {
	query := x.R.URL.Query()
	limit := MaxPage
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > MaxPage {
			return nil, "", behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("limit is not a number from 1 to %d", MaxPage), "")
		}
	}
	if after := query.Get("after"); after != "" {
		at := slices.IndexFunc(all, func(one T) bool { return id(one) == after })
		if at < 0 {
			return nil, "", behavepro.Explain(behavepro.ErrInvalid, "what after names is not in the list any more", "begin again without it")
		}
		all = all[at+1:]
	}
	if len(all) <= limit {
		return all, "", nil
	}
	return all[:limit], id(all[limit-1]), nil
}
