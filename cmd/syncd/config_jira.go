package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/behavepro/behavepro/connect"
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

// regionalURL reads the public URL of a realm of Jira's data residency.
func regionalURL(to *map[string]string, v string) error {
	realm, address, ok := strings.Cut(v, "=")
	if !ok {
		return fmt.Errorf("%q is not REALM=URL, such as EU=https://eu.behavepro.example.com", v)
	}
	u, err := originURL(address)
	if err != nil {
		return err
	}
	realm = strings.ToUpper(realm)
	if err := connect.CheckRealm(realm); err != nil {
		return err
	}
	if (*to)[realm] != "" {
		return fmt.Errorf("%s has two addresses", realm)
	}
	if *to == nil {
		*to = map[string]string{}
	}
	(*to)[realm] = u.String()
	return nil
}

// loopbackHost reports whether an address is reached from this machine only.
func loopbackHost(u *url.URL) bool { return loopback(net.JoinHostPort(u.Hostname(), "0")) }

func (c *config) checkJira() error {
	var mistakes []error
	if len(c.MockJiras) > 0 && (!loopback(c.Listen) || c.PublicURL != nil && !loopbackHost(c.PublicURL)) {
		mistakes = append(
			mistakes,
			errors.New("--jira-trial is for a server that only this machine reaches: leave --public-url out, and listen on 127.0.0.1"),
		)
	}
	if !c.ServesJira() && (len(c.JiraSites) > 0 || c.OpenInstalls || len(c.Regional) > 0) {
		mistakes = append(
			mistakes,
			errors.New("--jira-site, --open-installs and --regional-url need a --public-url with https: Jira reaches the app over nothing else"),
		)
	}
	for realm, address := range c.Regional {
		if c.PublicURL != nil && !strings.HasPrefix(address, c.PublicURL.Scheme+"://") {
			mistakes = append(
				mistakes,
				fmt.Errorf("--regional-url %s=%s and --public-url %s are reached in different ways: give both https", realm, address, c.PublicURL),
			)
		}
	}
	return errors.Join(mistakes...)
}
