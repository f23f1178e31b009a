package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// jiraHost reads the host of a Jira site.
func jiraHost(to *[]string, v string) error {
	u, err := url.Parse("https://" + v)
	if err != nil || u.Host == "" || !strings.EqualFold(u.Host, v) || u.Port() != "" {
		return fmt.Errorf("%q is not a host such as shop.atlassian.net", v)
	}
	*to = append(*to, strings.ToLower(v))
	return nil
}

// trialURL reads the address of a pretended Jira, which is on this machine.
func trialURL(to *[]string, v string) error {
	u, err := originURL(v)
	if err != nil {
		return err
	}
	if !loopbackHost(u) {
		return fmt.Errorf("%s is not on this machine", u)
	}
	*to = append(*to, u.String())
	return nil
}

// loopbackHost tells whether an address is reached from this machine only.
func loopbackHost(u *url.URL) bool { return loopback(net.JoinHostPort(u.Hostname(), "0")) }

// jiraDoor tells whether the app for Jira is served.
func (c *config) jiraDoor() bool {
	return len(c.jiraTrials) > 0 || c.publicURL != nil && c.publicURL.Scheme == "https"
}

func (c *config) checkJira() error {
	var mistakes []error
	if len(c.jiraTrials) > 0 && (!loopback(c.listen) || c.publicURL != nil && !loopbackHost(c.publicURL)) {
		mistakes = append(mistakes, errors.New("--jira-trial is for a server that only this machine reaches: leave --public-url out, and listen on 127.0.0.1"))
	}
	if !c.jiraDoor() && (len(c.jiraSites) > 0 || c.openInstalls) {
		mistakes = append(mistakes, errors.New("--jira-site and --open-installs need a --public-url with https: Jira reaches the app over nothing else"))
	}
	return errors.Join(mistakes...)
}
