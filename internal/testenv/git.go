package testenv

import (
	"os"
	"strconv"
	"strings"
)

// Git is an environment that makes git independent of the machine's settings: one author, the settings that are given ("key=value"),
// and nothing that is tidied up in the background.
func Git(settings ...string) []string {
	env := []string{
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com",
	}
	settings = append(settings, "maintenance.auto=false", "init.defaultBranch=main")
	for i, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		n := strconv.Itoa(i)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+key, "GIT_CONFIG_VALUE_"+n+"="+value)
	}
	return append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(len(settings)))
}

// At dates commits, in seconds since 1970: the same ones have the same SHA everywhere.
func At(seconds int64) []string {
	date := "@" + strconv.FormatInt(seconds, 10) + " +0000"
	return []string{"GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date}
}
