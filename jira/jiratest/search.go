package jiratest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

type search struct {
	JQL           string   `json:"jql"`
	Fields        []string `json:"fields"`
	MaxResults    int      `json:"maxResults"`
	NextPageToken string   `json:"nextPageToken"`
}

func (j *Jira) postSearch(a *ask) (int, any) {
	var q search
	if status, why := a.into(&q); status != 0 {
		return status, why
	}
	return j.search(&q)
}

func (j *Jira) getSearch(a *ask) (int, any) {
	q := search{JQL: a.FormValue("jql"), MaxResults: number(a.FormValue("maxResults"), 0), NextPageToken: a.FormValue("nextPageToken")}
	if text := a.FormValue("fields"); text != "" {
		q.Fields = strings.Split(text, ",")
	}
	return j.search(&q)
}

func (j *Jira) search(q *search) (int, any) {
	found, err := j.matching(q.JQL, "")
	if err != nil {
		return http.StatusBadRequest, problem(err.Error())
	}
	most := 100
	if len(q.Fields) == 0 || len(q.Fields) == 1 && q.Fields[0] == "id" {
		most = 5000
	}
	if q.MaxResults <= 0 {
		q.MaxResults = 50
	}
	start, err := tokenStart(q)
	if err != nil {
		return http.StatusBadRequest, problem(err.Error())
	}
	end := min(len(found), start+min(q.MaxResults, most))
	got := map[string]any{"issues": j.documents(found[min(start, end):end], q.Fields), "isLast": end == len(found)}
	if end < len(found) {
		got["nextPageToken"] = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", end, q.JQL))
	}
	return http.StatusOK, got
}

// tokenStart reads where a page begins. A token is good for its own query only.
func tokenStart(q *search) (int, error) {
	if q.NextPageToken == "" {
		return 0, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(q.NextPageToken)
	at, jql, _ := strings.Cut(string(text), " ")
	n, numErr := strconv.Atoi(at)
	if err != nil || numErr != nil || jql != q.JQL {
		return 0, errors.New("the next page token is not valid")
	}
	return n, nil
}

func (j *Jira) countSearch(a *ask) (int, any) {
	var q search
	if status, why := a.into(&q); status != 0 {
		return status, why
	}
	found, err := j.matching(q.JQL, "")
	if err != nil {
		return http.StatusBadRequest, problem(err.Error())
	}
	return http.StatusOK, map[string]any{"count": len(found)}
}

func (j *Jira) oldSearch(*ask) (int, any) {
	return http.StatusGone, problem("The requested API has been removed. Please use /rest/api/3/search/jql instead.")
}

// Search finds the keys of the issues that an account sees, by JQL.
func (j *Jira) Search(account, jql string) ([]string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	found, err := j.matching(jql, account)
	var keys []string
	for _, i := range found {
		if j.mayWithIssue(account, "BROWSE_PROJECTS", i) {
			keys = append(keys, i.Key)
		}
	}
	return keys, err
}

// matching finds issues; those hidden from the app are left out where account is "".
func (j *Jira) matching(jql, account string) ([]*Issue, error) {
	match, err := parseJQL(jql)
	if err != nil {
		return nil, err
	}
	var found []*Issue
	for _, i := range j.sorted() {
		if (account != "" || !j.appHidden[i.ID]) && match(j, i) {
			found = append(found, i)
		}
	}
	return found, nil
}
