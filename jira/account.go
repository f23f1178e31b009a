package jira

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Accounts lists whose accountIds are known, each with when it was read first.
func (k *Known) Accounts(ctx context.Context) ([]Account, error) {
	read := map[string]time.Time{}
	for one, err := range k.walk(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if a := one.Issue.Assignee; a != "" && (read[a].IsZero() || one.Read.Before(read[a])) {
			read[a] = one.Read
		}
	}
	var all []Account
	for id, at := range read {
		all = append(all, Account{id, at})
	}
	slices.SortFunc(all, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// ForgetAccount removes an accountId from all issues, as for a person who closed the account.
func (k *Known) ForgetAccount(ctx context.Context, account string) error {
	var ids []int64
	for one, err := range k.walk(ctx, 0) {
		if err != nil {
			return err
		}
		if account != "" && one.Issue.Assignee == account {
			ids = append(ids, one.Issue.ID)
		}
	}
	for _, id := range ids {
		if err := k.change(ctx, id, func(one *knownIssue) {
			if one.Issue.Assignee == account {
				one.Issue.Assignee = ""
			}
		}); err != nil {
			return err
		}
	}
	return nil
}
